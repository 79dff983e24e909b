import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  Decision,
  GroupChoice,
  RecoveryRequest,
  ResumeRequest,
  Rules,
  StoredPlanRequest,
  UndoRequest,
} from "../../functions/contracts.ts";
import { CONFLICT_REMEDIES } from "../../functions/repair/repair.ts";
import { checkExpressions } from "../../functions/request/check-expressions.ts";
import { parseAnyRequest } from "../../functions/request/parse-request.ts";
import { everyField } from "../../functions/request/request-fields.ts";

const page = readFileSync(new URL("../../docs/requests.md", import.meta.url), "utf8");
const sectionOf = (title: string) => page.split("\n## ").find((text) => text.startsWith(`${title}\n`)) ?? "";
const examples = [...page.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => JSON.parse(text) as object);
/** Field, default and meaning of each row. */
const rows = [...sectionOf("Fields").matchAll(/^\| `([^`]+)` \|(.*?) \| (.*) \|$/gm)].map(
  ([, field = "", default_ = "", meaning = ""]) => ({ field, default: default_.trim(), meaning }),
);

describe("the reference of requests", () => {
  test("names every field that a request may have, once, and no other", () => {
    const listed = [
      ...Object.keys(GroupChoice.shape).map((name) => `groups[].${name}`),
      ...Object.keys(Decision.shape).map((name) => `decisions[].${name}`),
    ];

    expect(rows.map(({ field }) => field).sort()).toEqual([...everyField(), ...listed].sort());
  });

  test("tells the defaults as they are", () => {
    const { table: _own, ...defaults } = RecoveryRequest.parse({ table: "orders" });
    const told = new Map(rows.map((row) => [row.field, row.default.replaceAll("`", "")]));

    for (const [field, value] of Object.entries(defaults)) {
      if (typeof value !== "object") expect([field, told.get(field)]).toEqual([field, String(value)]);
      else
        for (const [inner, one] of Object.entries(value))
          expect([inner, told.get(`${field}.${inner}`)]).toEqual([inner, String(one)]);
    }
  });

  test("tells every value of a choice", () => {
    const { mode, conflicts, created, onFailure } = RecoveryRequest.shape;
    for (const [field, schema] of Object.entries({ mode, conflicts, created, onFailure }))
      for (const value of schema.unwrap().options) {
        const row = rows.find((one) => one.field === field);
        expect(`${row?.default} ${row?.meaning}`).toContain(`\`${value}\``);
      }
  });

  test.each(examples.map((example) => [JSON.stringify(example), example] as const))(
    "has an example that is a good request: %s",
    (_text, example) => {
      const parsed = parseAnyRequest(example);

      expect(() => checkExpressions(Rules.partial().loose().parse(parsed) as Rules)).not.toThrow();
    },
  );

  test.each([
    ["an undo and a stored plan", /What the first two may say besides:[\s\S]*?\n\n/, [UndoRequest, StoredPlanRequest]],
    ["a resume", /What it may say besides:[^.]*/, [ResumeRequest]],
  ])("says what %s may say besides", (_form, sentence, schemas) => {
    const [besides = ""] = sentence.exec(page) ?? [];
    const forPeople = [...new Set(schemas.flatMap(({ shape }) => Object.keys(shape)))].filter(
      (name) => !name.startsWith("AWS_") && !["undo", "plan", "resume"].includes(name),
    );

    expect([...besides.matchAll(/`(\w+)`/g)].map(([, name]) => name).sort()).toEqual(forPeople.sort());
  });

  test("names reasons that there are, and links to sections that there are", () => {
    for (const reason of ["mixed", "already-taken", "maybe-not-ours"]) {
      expect(page).toContain(`\`${reason}\``);
      expect(CONFLICT_REMEDIES).toHaveProperty(reason);
    }
    const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, title = ""]) =>
      title.toLowerCase().replaceAll(",", "").replaceAll(" ", "-"),
    );
    for (const [, target = ""] of page.matchAll(/\]\(#([^)]*)\)/g)) expect(headings).toContain(target);
  });
});
