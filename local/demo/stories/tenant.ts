import type { GroupChoice } from "../../../functions/contracts.ts";
import { newOrder, take, tenantName } from "../orders.ts";
import type { PastStory } from "./past-story.ts";

const TENANT = tenantName(42);
const SPOILED = 180;
const MINUTES = 20;
const WRITTEN_BY_THE_BUG = ["lines", "shipTo"];

/** One tenant's import job goes wrong. That tenant alone is frozen, and its partition alone is exported; the others go on. */
export const tenant: PastStory = {
  name: "tenant",
  hoursAgo: 2,
  atWork: true,
  seed: (items, { random }) =>
    Array.from({ length: items }, (_, index) => {
      const name = index % 10 === 0 ? TENANT : tenantName(1 + (index % 41));
      const key = { tenant: name, order: String(index + 1).padStart(7, "0") };
      return { key, item: newOrder(key, random) };
    }),
  async happen(world) {
    const { random, clock, say, keys } = world;
    const own = keys.filter((key) => key.tenant === TENANT);
    const others = keys.filter((key) => key.tenant !== TENANT);
    clock.passSeconds(1800);
    const spoiled = take(random, [...own], SPOILED);
    say(
      `An import of tenant ${TENANT} overwrites addresses and lines of ${spoiled.length} of its ${own.length} orders.`,
    );
    world.beginIncident();
    await world.all(spoiled, (key) =>
      world.spoil(key, { shipTo: { M: {} }, lines: { L: [{ M: { sku: { S: "?" }, count: { N: "0" } } }] } }),
    );
    await world.all(take(random, [...own], 40), (key) => world.write(key, { status: { S: "paid" } }));
    await world.all(take(random, [...others], 400), (key) => world.write(key, { status: { S: "packed" } }));
    clock.passSeconds(MINUTES * 60);
    world.endIncident();
    say("It is stopped. All tenants go on working.");
  },
  async recover({ badSince, incidentEnd }, recover) {
    await recover(
      "tenant",
      {
        table: "orders",
        badSince,
        incidentEnd,
        tenants: [TENANT],
        keysFrom: { partition: { key: `TENANT#${TENANT}` } },
        readOnly: { guards: ["ssm-flag", "table-policy"] },
        reason: "import of tenant t042",
      },
      ({ counts }) => ({
        groups: counts.groups.flatMap(({ kind, attributes }): GroupChoice[] =>
          kind === "updated" && WRITTEN_BY_THE_BUG.every((name) => attributes.includes(name))
            ? [{ kind, attributes: [...attributes], revert: WRITTEN_BY_THE_BUG }]
            : [],
        ),
      }),
    );
  },
};
