import Big from "big.js";
import { keyText, newOrder, take, tenantName } from "../orders.ts";
import type { PastStory } from "./past-story.ts";

const DAMAGED = 60;
const GROWN_WELL = 120;
const DAYS = 3;
const HOURS_A_STEP = 6;
/** What the bug adds each time; customers earn less in three days. */
const TOO_MUCH = 1000;
/** Longer than a double can hold: every digit must survive. */
const START = "12345678901234567890.25";

/**
 * For three days a job credits loyalty points twice over. The counters went on growing since, so no old value can be put
 * back: the incident's difference is taken off what they are now.
 */
export const counter: PastStory = {
  name: "counter",
  hoursAgo: 100,
  seed: (items, { random }) =>
    Array.from({ length: items }, (_, index) => {
      const key = { tenant: tenantName(1 + (index % 40)), order: String(index + 1).padStart(7, "0") };
      return { key, item: { ...newOrder(key, random), points: { N: START } } };
    }),
  async happen(world) {
    const { random, clock, say, truth, keys } = world;
    const open = [...keys];
    const damaged = take(random, open, DAMAGED);
    const grown = take(random, open, GROWN_WELL);
    const points = new Map(keys.map((key) => [keyText(key), new Big(START)]));
    const add = (id: string, amount: number) => {
      const sum = (points.get(id) ?? new Big(0)).plus(amount);
      points.set(id, sum);
      return { points: { N: sum.toFixed() } };
    };
    say(
      `For ${DAYS} days ${damaged.length} counters are credited too much, again and again; ${grown.length} others grow as they should.`,
    );
    clock.passSeconds(1800);
    world.beginIncident();
    for (let hour = 0; hour < DAYS * 24; hour += HOURS_A_STEP) {
      await world.all(damaged, (key) => world.spoil(key, add(keyText(key), TOO_MUCH)));
      await world.all(grown, (key) => world.write(key, add(keyText(key), 7)));
      // Another attribute of a damaged order: a good write that must stay.
      await world.all(take(random, [...damaged], 3), (key) =>
        world.write(key, { note: { S: `called in hour ${hour}` } }),
      );
      clock.passSeconds(HOURS_A_STEP * 3600);
    }
    world.endIncident();
    clock.passSeconds(3600);
    say("It is fixed. All of them go on growing.");
    await world.all([...damaged, ...grown], async (key) => {
      const id = keyText(key);
      const { points: now } = add(id, 5);
      const isDamaged = damaged.includes(key);
      const right = isDamaged ? new Big(START).plus(5).toFixed() : now.N;
      await world.raise(key, "points", "5");
      truth.corrected(key, { points: { N: right } });
    });
  },
  async recover({ badSince, incidentEnd }, recover) {
    await recover(
      "counter",
      {
        table: "orders",
        badSince,
        incidentEnd,
        damagedWhen: `$number(after.points) - $number(before.points) >= ${TOO_MUCH}`,
        attributes: { only: ["points"], delta: ["points"] },
        reason: "points were credited twice from Monday to Thursday",
      },
      () => ({}),
    );
  },
};
