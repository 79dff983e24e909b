/** An undo takes back what the recovery wrote and nobody has written since: everything else is kept, and listed. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Report } from "../../functions/report/build-report.ts";
import { type DeployedPocketAws, type Item, ORDERS_TABLE } from "../support/deployed-pocket-aws.ts";
import { approveWith } from "./support/answers.ts";
import { BEFORE, type Course, MINUTE, partitionOf, playCourses, SECOND, startPastStage } from "./support/courses.ts";
import { recover } from "./support/operator.ts";

const CHANGED_SINCE = 50;
const LEFT_ALONE = 70;

/** Everything that DynamoDB can hold and that is easily spoiled on the way. */
function rich(index: number): Item {
  return {
    total: { N: `1234567890123456789012345678901234${String(1000 + index)}` },
    tiny: { N: "1E-130" },
    raw: { B: new Uint8Array([0, 128, 255, index % 256]) },
    tags: { SS: ["ä", "", "z"].filter((tag) => tag !== "") },
    sizes: { NS: ["3.5", "-0.25", "99999999999999999999999999999999999999"] },
    blobs: { BS: [new Uint8Array([1]), new Uint8Array([2, 3])] },
    nothing: { NULL: true },
    empty: { S: "" },
    nested: { M: { list: { L: [{ M: {} }, { BOOL: false }, { S: "" }] } } },
    version: { N: "7" },
  };
}
const spoilt = (index: number): Item => ({ ...rich(index), total: { S: "NaN" }, nested: { M: {} }, raw: { S: "" } });
const name = (index: number) => `item-${String(index).padStart(3, "0")}`;

const COURSES: readonly Course[] = Array.from({ length: CHANGED_SINCE + LEFT_ALONE }, (_, index) => {
  // Two thirds are spoilt, the others deleted or created.
  const kind = index % 6;
  if (kind === 4)
    return {
      name: name(index),
      writes: [
        [BEFORE, rich(index)],
        [SECOND, null],
      ],
      expected: rich(index),
    };
  if (kind === 5) return { name: name(index), writes: [[SECOND, spoilt(index)]], expected: null };
  return {
    name: name(index),
    writes: [
      [BEFORE, rich(index)],
      [SECOND, spoilt(index)],
    ],
    expected: rich(index),
  };
});

let stage: DeployedPocketAws;
let damaged: Map<string, Item>;
let wrong: () => Promise<string[]>;

beforeAll(async () => {
  const past = await startPastStage(4);
  stage = past.stage;
  const played = await playCourses(past, "acme", COURSES, 20 * MINUTE);
  wrong = () => played.wrong();
  damaged = await stage.tableContent();
  const { badSince, incidentEnd } = played;
  const request = { table: ORDERS_TABLE, badSince, incidentEnd, damagedWhen: "true", created: "delete" };
  const execution = await stage.startRecovery("first-1", request);
  await approveWith(stage, execution, {});
  await stage.waitForStatus(execution, "SUCCEEDED");
});

afterAll(() => stage?.close());

const withoutVersion = ({ version: _version, ...item }: Item): Item => item;

test("the recovery repaired all of them", async () => {
  expect(await wrong()).toEqual([]);
});

test("50 items that were written since are kept and listed; every other one is as it was, to the byte", async () => {
  const repaired = await stage.tableContent();
  const present = [...repaired].filter(([, item]) => item.pk?.S === partitionOf("acme"));
  const touched = present
    .slice(0, CHANGED_SINCE)
    .map(([id, item]): [string, Item] => [
      id,
      { ...item, total: { N: "42" }, version: { N: String(Number(item.version?.N ?? 0) + 1) } },
    ]);
  await stage.aws.services.dynamodb.seed(
    ORDERS_TABLE,
    touched.map(([, item]) => item),
  );

  await recover(stage, "undo-1", { undo: "first-1" });

  const now = await stage.tableContent();
  const keptIds = new Set(touched.map(([id]) => id));
  for (const [id, item] of touched) expect(now.get(id)).toEqual(item);
  const others = (content: ReadonlyMap<string, Item>) =>
    new Map([...content].filter(([id]) => !keptIds.has(id)).map(([id, item]) => [id, withoutVersion(item)]));
  expect(others(now)).toEqual(others(damaged));
  const { repairs } = await stage.readReport<Report>("undo-1");
  expect(repairs.leftCount).toBe(CHANGED_SINCE);
  expect(
    new Set(repairs.left.map(({ key }) => `${(key.pk as { S: string }).S}/${(key.sk as { S: string }).S}`)),
  ).toEqual(keptIds);
});
