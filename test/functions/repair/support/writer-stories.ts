import { GUARDS } from "./stories/guards.ts";
import { LATER_ATTEMPTS } from "./stories/later-attempts.ts";
import { NO_ANSWER } from "./stories/no-answer.ts";
import { OTHERS_WROTE } from "./stories/others-wrote.ts";
import { PLAIN_WRITES } from "./stories/plain-writes.ts";
import type { WriterStory } from "./stories/scene.ts";
import { VERIFICATION } from "./stories/verification.ts";

/** Every course of events that the writer must get right, by what it shows. */
export const WRITER_STORIES: readonly (readonly [string, readonly WriterStory[]])[] = [
  ["carries out what was planned", PLAIN_WRITES],
  ["never loses what somebody wrote after the plan", OTHERS_WROTE],
  ["does not trust a request that was not answered", NO_ANSWER],
  ["goes on where an earlier attempt stopped", LATER_ATTEMPTS],
  ["guards every write", GUARDS],
  ["tells what it meant from what the plan saw and from what somebody wrote since", VERIFICATION],
];
