import { describe, expect, it } from "vitest";
import { isoSeconds, parseTime } from "../../../functions/request/parse-time.ts";
import { InvalidRequest } from "../../../functions/runtime/errors.ts";

const STARTED = new Date("2026-11-20T03:00:00.700Z");
const parsed = (text: string) => isoSeconds(parseTime("badSince", text, STARTED));

function refusal(text: string): string {
  try {
    parseTime("badSince", text, STARTED);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidRequest);
    return (error as Error).message;
  }
  throw new Error(`"${text}" was accepted.`);
}

describe("a time that is understood", () => {
  it.each([
    ["2026-11-20T02:20:00Z", "2026-11-20T02:20:00Z"],
    ["2026-11-20t02:20:00z", "2026-11-20T02:20:00Z"],
    ["  2026-11-20T02:20:00Z\n", "2026-11-20T02:20:00Z"],
    ["2026-11-20T02:20Z", "2026-11-20T02:20:00Z"],
    ["2026-11-20T03:20:00+01:00", "2026-11-20T02:20:00Z"],
    ["2026-11-20T03:20:00+0100", "2026-11-20T02:20:00Z"],
    ["2026-11-20T03:20:00+01", "2026-11-20T02:20:00Z"],
    ["2026-11-19T21:50:00-04:30", "2026-11-20T02:20:00Z"],
    ["2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00Z"],
    ["2028-02-29T00:00:00Z", "2028-02-29T00:00:00Z"],
  ])("%j is %s", (text, expected) => {
    expect(parsed(text)).toBe(expected);
  });

  it.each(["2026-11-20T02:20:00.001Z", "2026-11-20T02:20:00.999999Z", "2026-11-20T02:20:00,5Z"])(
    "%j begins at its whole second",
    (text) => {
      expect(parsed(text)).toBe("2026-11-20T02:20:00Z");
    },
  );
});

describe("a time counted back from the start of the execution", () => {
  it.each([
    ["45m ago", "2026-11-20T02:15:00Z"],
    ["45 m ago", "2026-11-20T02:15:00Z"],
    [" 45M  AGO ", "2026-11-20T02:15:00Z"],
    ["45 minutes ago", "2026-11-20T02:15:00Z"],
    ["1 min ago", "2026-11-20T02:59:00Z"],
    ["1h30m ago", "2026-11-20T01:30:00Z"],
    ["1h 30m ago", "2026-11-20T01:30:00Z"],
    ["90s ago", "2026-11-20T02:58:30Z"],
    ["2 hours ago", "2026-11-20T01:00:00Z"],
    ["2d ago", "2026-11-18T03:00:00Z"],
    ["0s ago", "2026-11-20T03:00:00Z"],
  ])("%j is %s", (text, expected) => {
    expect(parsed(text)).toBe(expected);
  });
});

describe("a time that could be several", () => {
  it.each([
    ["2026-11-20T02:20:00", 'write "2026-11-20T02:20:00Z" if it is UTC'],
    ["2026-11-20 02:20:00", 'write "2026-11-20T02:20:00Z" if it is UTC'],
    ["2026-11-20T02:20", 'write "2026-11-20T02:20Z" if it is UTC'],
  ])("%j is refused for want of a zone, with the right form", (text, suggestion) => {
    expect(refusal(text)).toContain(`Field "badSince" is ${JSON.stringify(text)}, which has no time zone: `);
    expect(refusal(text)).toContain(suggestion);
  });

  it.each([
    ["2026-11-20 02:20:00Z", '"2026-11-20T02:20:00Z"'],
    ["2026-11-20 02:20:00 UTC", '"2026-11-20T02:20:00Z"'],
    ["2026-11-20T02:20:00 +01:00", '"2026-11-20T02:20:00+01:00"'],
    ["2026-11-20 02:20:00 -0330", '"2026-11-20T02:20:00-03:30"'],
  ])("%j is refused with the form that it should have", (text, suggestion) => {
    expect(refusal(text)).toContain(`not quite ISO 8601: write ${suggestion}.`);
  });

  it("a date alone is refused with a time of day", () => {
    expect(refusal("2026-11-20")).toContain('"2026-11-20T00:00:00Z"');
  });

  it("a duration alone is refused with the word that is missing", () => {
    expect(refusal("45m")).toContain('write "45m ago"');
  });

  it.each(["1795141200", "1795141200000"])("epoch time %s is refused with the time that it is", (text) => {
    expect(refusal(text)).toContain('write "2026-11-20T02:20:00Z"');
  });
});

describe("what is no time", () => {
  it.each([
    ["2026-02-30T00:00:00Z", "no date of the calendar"],
    ["2026-02-29T00:00:00Z", "no date of the calendar"],
    ["2026-13-01T00:00:00Z", "no date of the calendar"],
    ["2026-11-00T00:00:00Z", "no date of the calendar"],
    ["2026-11-20T24:00:00Z", "no time of a day"],
    ["2026-11-20T02:60:00Z", "no time of a day"],
    ["2026-11-20T02:20:60Z", "no time of a day"],
    ["2026-11-20T02:20:00+25:00", "no offset"],
    ["2026-11-20T02:20:00+01:75", "no offset"],
    ["45 fortnights ago", "unknown unit"],
    ["99999999999d ago", "before 1970"],
    ["yesterday", "no time"],
    ["now", "no time"],
    ["ago", "no time"],
    ["-5m ago", "no time"],
    ["20.11.2026 02:20", "no time"],
    ["", "no time"],
  ])("%j is refused: %s", (text, problem) => {
    expect(refusal(text)).toContain(`Field "badSince" is ${JSON.stringify(text)}, which`.slice(0, -6));
    expect(refusal(text)).toContain(problem);
  });
});

it.each([
  ["amounts", `${"1s ".repeat(80_000)}ago`],
  ["digits", "1".repeat(240_000)],
  ["blanks", `2026-11-20${" ".repeat(240_000)}`],
])("endless %s are no time, found at once and shown in a few words", (_what, text) => {
  const refused = (() => {
    try {
      return parseTime("badSince", text, new Date());
    } catch (error) {
      return error;
    }
  })();

  expect(String(refused)).toMatch(/^InvalidRequest: Field "badSince" is ".{1,130}, which is no time: write ISO 8601/);
});
