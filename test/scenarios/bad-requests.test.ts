/** Requests that can't be carried out: each fails in Preflight, says what to do, and leaves the world as it was. */
import { afterAll, beforeAll, describe, test, vi } from "vitest";
import { BAD_REQUESTS } from "./support/bad-requests.ts";
import { RefusingStage } from "./support/refusals.ts";

// A bad request that is accepted would wait for an approval: the sooner a test gives up, the better.
vi.setConfig({ testTimeout: 30_000 });

let world: RefusingStage;

beforeAll(async () => {
  world = await RefusingStage.start();
});

afterAll(() => world?.close());

describe("a request", () => {
  test.each(BAD_REQUESTS)("with %s is refused", async (_title, changes, says) => {
    await world.expectRefused(world.request(changes(world.lastGood)), { says });
  });

  test("that is no object is refused", async () => {
    await world.expectRefused(["orders"], { says: ['The request is ["orders"]', "it must be an object"] });
  });

  test("with several faults names all of them", async () => {
    await world.expectRefused(world.request({ table: "a b", conflicts: "ask", colour: "red" }), {
      says: ['Field "table" is "a b"', 'Field "conflicts" is "ask"', 'Field "colour" ("red")'],
    });
  });

  test("under a name that no table can have is refused", async () => {
    await world.expectRefused(world.request(), {
      name: "night.of.the.20th",
      says: ['name is "night.of.the.20th"', "1 to 80"],
    });
  });
});
