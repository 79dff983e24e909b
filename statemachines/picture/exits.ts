import { isObject, type Json, type JsonObject } from "../states.ts";

/** Where a state may go, and when, in as few words as possible. */
export interface Exit {
  readonly to: string;
  readonly label: string;
  readonly onError: boolean;
}

/** All exits of a state, one for each target: several ways to the same one share an arrow. */
export function exitsOf(state: JsonObject): Exit[] {
  const choices = objects(state.Choices);
  const all = [
    ...choices.map((choice) => ({ to: String(choice.Next), label: inWords(choice.Condition), onError: false })),
    ...(state.Default ? [{ to: String(state.Default), label: "else", onError: false }] : []),
    ...(state.Next ? [{ to: String(state.Next), label: "", onError: false }] : []),
    ...objects(state.Catch).map((handler) => ({ to: String(handler.Next), label: "timed out", onError: true })),
  ];
  const byTarget = new Map<string, Exit>();
  for (const exit of all) {
    const known = byTarget.get(exit.to);
    byTarget.set(exit.to, known ? { ...known, label: join(known.label, exit.label) } : exit);
  }
  return [...byTarget.values()];
}

/** `{% $states.input.answer = 'approve' %}` → `approve`; without a quoted word the condition itself. */
function inWords(condition: Json | undefined): string {
  const text = String(condition).replace(/^\{%\s*|\s*%\}$/g, "");
  const quoted = [...text.matchAll(/'([^']+)'/g)].map(([, word]) => word);
  return quoted.length > 0 ? quoted.join(", ") : text.replaceAll("$states.input.", "").replaceAll("$", "");
}

function join(first: string, second: string): string {
  return [first, second].filter(Boolean).join(" / ");
}

function objects(list: Json | undefined): JsonObject[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}
