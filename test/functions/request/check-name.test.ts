import { describe, expect, it } from "vitest";
import { checkNameForm } from "../../../functions/request/check-name.ts";

describe("the name of an execution", () => {
  it.each(["a", "Night_of-the-20th", "x".repeat(80)])("%s is fit for tables and objects", (name) => {
    expect(() => checkNameForm(name)).not.toThrow();
  });

  it.each(["lock", "flag", "watch"])("%s is one that the recoveries table uses for something else", (name) => {
    expect(() => checkNameForm(name)).toThrow(`"${name}", which the recoveries table uses for something else`);
  });

  it.each(["", "a.b", "a b", "ü", "x".repeat(81)])("%j is refused", (name) => {
    expect(() => checkNameForm(name)).toThrow(`The execution's name is "${name}": it must be 1 to 80`);
  });
});
