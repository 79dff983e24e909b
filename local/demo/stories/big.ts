import { STORY_ITEMS } from "../options.ts";
import { money, newOrder, pick, take, tenantName } from "../orders.ts";
import type { PastStory } from "./past-story.ts";

const GARBAGE = 5_000;
const GOOD_IN_THE_WINDOW = 20_000;
const GOOD_AFTERWARDS = 1_000;
const MINUTES = 40;
/** Writes between two steps of the clock: good and bad ones come mixed all the time. */
const A_STEP = 500;

/** What the bug writes looks like nothing that the application writes: a total that is text, and no currency. */
const GARBAGE_WHEN = "$type(after.total) = 'string' and $not($exists(after.currency))";

/**
 * A pricing job goes wrong for forty minutes, while the application goes on under the very same role. Nobody has a list of
 * keys: the export names what changed, and a predicate picks the garbage out of the good writes.
 */
export const big: PastStory = {
  name: "big",
  hoursAgo: 3,
  seed(items, { random }) {
    const tenants = Math.max(10, Math.round(items / 80));
    return Array.from({ length: items }, (_, index) => {
      const key = { tenant: tenantName(1 + (index % tenants)), order: String(index + 1).padStart(7, "0") };
      return { key, item: newOrder(key, random) };
    });
  },
  async happen(world) {
    const { random, clock, say, keys } = world;
    // In proportion, for tables of another size.
    const scale = Math.min(1, keys.length / STORY_ITEMS.big);
    const open = [...keys];
    const garbage = take(random, open, Math.round(GARBAGE * scale)).map((key) => ({ key, bad: true }));
    const good = take(random, open, Math.round(GOOD_IN_THE_WINDOW * scale)).map((key) => ({ key, bad: false }));
    const mixed = shuffled(random, [...garbage, ...good]);
    say(
      `A pricing job goes wrong for ${MINUTES} minutes: ${garbage.length} orders get garbage, among ${good.length} good writes.`,
    );
    world.beginIncident();
    for (let start = 0; start < mixed.length; start += A_STEP) {
      await world.all(mixed.slice(start, start + A_STEP), ({ key, bad }) =>
        bad
          ? world.spoil(key, { total: { S: `NaN-${Math.floor(random() * 1e6)}` }, currency: undefined })
          : world.write(
              key,
              pick(random, [{ status: { S: "shipped" } }, { note: { S: "paid" } }, { total: { N: money(random) } }]),
            ),
      );
      clock.passSeconds((MINUTES * 60 * A_STEP) / mixed.length);
    }
    world.endIncident();
    const later = take(random, garbage, Math.round(GOOD_AFTERWARDS * scale));
    say(`It is stopped. ${later.length} good writes follow to the very same orders, in other attributes.`);
    clock.passSeconds(20 * 60);
    await world.all(later, ({ key }) => world.write(key, { note: { S: "customer called" } }));
  },
  async recover({ badSince, incidentEnd }, recover) {
    const request = { table: "orders", badSince, incidentEnd, damagedWhen: GARBAGE_WHEN };
    await recover("big", { ...request, reason: "pricing job 4711 wrote garbage" }, () => ({}));
  },
};

function shuffled<Value>(random: () => number, values: readonly Value[]): Value[] {
  return values
    .map((value) => ({ value, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);
}
