import type { GroupChoice } from "../../../functions/contracts.ts";
import { keyItem, newOrder, take, tenantName } from "../orders.ts";
import type { PastStory } from "./past-story.ts";

const SPOILED = 200;
const CORRECTED = 60;
const DELETED = 20;
const CREATED_ANEW = 8;
const MINUTES = 30;
const WRITTEN_BY_THE_BUG = ["currency", "total"];

/**
 * Staff began to repair by hand before they called for help. Under `merge` their corrections stay and the bug's other
 * attributes go; orders that they created anew are decided one by one, by a follow-up on the same evidence.
 */
export const merge: PastStory = {
  name: "merge",
  hoursAgo: 3,
  seed: (items, { random }) =>
    Array.from({ length: items }, (_, index) => {
      const key = { tenant: tenantName(1 + (index % 40)), order: String(index + 1).padStart(7, "0") };
      return { key, item: newOrder(key, random) };
    }),
  async happen(world) {
    const { random, clock, say, truth, keys } = world;
    const open = [...keys];
    const spoiled = take(random, open, SPOILED);
    const lost = take(random, open, DELETED);
    const good = take(random, open, 300);
    clock.passSeconds(1800);
    say(`A bad deploy spoils ${spoiled.length} orders and deletes ${lost.length}, among ${good.length} good writes.`);
    world.beginIncident();
    await world.all(spoiled, (key) => world.spoil(key, { total: { S: "NaN" }, currency: undefined }));
    await world.all(good, (key) => world.write(key, { status: { S: "shipped" } }));
    for (const key of lost) {
      await world.delete(key);
      truth.damaged(key, "deleted", []);
    }
    clock.passSeconds(MINUTES * 60);
    world.endIncident();
    clock.passSeconds(30 * 60);
    const corrected = spoiled.slice(0, CORRECTED);
    const anew = lost.slice(0, CREATED_ANEW);
    say(`It is rolled back. Staff correct ${corrected.length} totals by hand and create ${anew.length} orders anew.`);
    await world.all(corrected, (key) => world.correct(key, { total: { N: "99.90" } }));
    for (const [index, key] of anew.entries()) {
      const item = { ...newOrder(key, random), note: { S: "typed in again" } };
      await world.put(item);
      // Half of them are better than what was lost; the other half was typed in wrongly.
      if (keeps(index)) truth.replaced(key, item);
    }
    world.comeBackTo.push(...anew);
  },
  async recover(world, recover) {
    const { badSince, incidentEnd } = world;
    const first = await recover(
      "merge",
      { table: "orders", badSince, incidentEnd, conflicts: "merge", reason: "deploy 812, repaired by hand in parts" },
      ({ counts }) => ({
        groups: counts.groups.flatMap(({ kind, attributes }): GroupChoice[] => {
          if (kind === "deleted") return [{ kind, attributes: [...attributes] }];
          const isBug = kind === "updated" && WRITTEN_BY_THE_BUG.every((name) => attributes.includes(name));
          return isBug ? [{ kind, attributes: [...attributes], revert: WRITTEN_BY_THE_BUG }] : [];
        }),
      }),
    );
    const { leftCount } = first.report.repairs;
    world.say(
      `${leftCount} orders are left to a person: of ${leftCount - world.comeBackTo.length} the total that staff had typed in stands; she decides the other ${world.comeBackTo.length}. Nothing is exported again.`,
    );
    await recover(
      "merge-decided",
      {
        table: "orders",
        evidence: { from: first.recoveryId },
        decisions: world.comeBackTo.map((key, index) => ({
          key: keyItem(key),
          decision: keeps(index) ? "keep" : "revert",
        })),
      },
      () => ({}),
    );
  },
};

function keeps(index: number): boolean {
  return index % 2 === 0;
}
