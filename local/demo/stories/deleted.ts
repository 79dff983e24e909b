import { newOrder, take, tenantName } from "../orders.ts";
import type { PastStory } from "./past-story.ts";

const DELETED = 340;
/** Orders that would have expired by now: their time to live passed after they were deleted. */
const EXPIRED_SINCE = 60;
/** Deleted by customers in the same minutes, as they may: only cancelled orders. */
const DELETED_WELL = 45;
const MINUTES = 25;

/** A cleanup job is to delete cancelled orders, and deletes open ones: they come back, but those whose time has come do not. */
export const deleted: PastStory = {
  name: "deleted",
  hoursAgo: 3,
  seed: (items, { random }) =>
    Array.from({ length: items }, (_, index) => {
      const key = { tenant: tenantName(1 + (index % 50)), order: String(index + 1).padStart(7, "0") };
      return { key, item: newOrder(key, random) };
    }),
  async happen(world) {
    const { random, clock, say, truth, keys } = world;
    const open = [...keys];
    const cancelled = take(random, open, DELETED_WELL);
    const expiring = take(random, open, EXPIRED_SINCE);
    const lost = take(random, open, DELETED);
    await world.all(cancelled, (key) => world.write(key, { status: { S: "cancelled" } }));
    // An hour after the incident, which is before now: nothing brings them back, since the service would delete them again.
    const expiresAt = { N: String(Math.floor(clock.now() / 1000) + 2 * 3600) };
    await world.all(expiring, (key) => world.write(key, { expiresAt }));
    clock.passSeconds(40 * 60);
    say(
      `A cleanup job deletes ${lost.length + expiring.length} open orders; customers delete ${cancelled.length} cancelled ones.`,
    );
    world.beginIncident();
    for (const key of expiring) {
      await world.delete(key);
      truth.gone(key);
    }
    for (const key of lost) {
      await world.delete(key);
      truth.damaged(key, "deleted", []);
    }
    for (const key of cancelled) {
      await world.delete(key);
      truth.gone(key);
    }
    clock.passSeconds(MINUTES * 60);
    world.endIncident();
    say("It is stopped. The expiry of some of the orders passes meanwhile.");
  },
  async recover({ badSince, incidentEnd }, recover) {
    await recover(
      "deleted",
      {
        table: "orders",
        badSince,
        incidentEnd,
        damagedWhen: "$not($exists(after)) and before.status != 'cancelled'",
        reason: "cleanup job 17 deleted open orders",
      },
      () => ({}),
    );
  },
};
