import { describe, expect, it } from "vitest";
import { REAL_CORE } from "./support/core.ts";
import { WRITER_STORIES } from "./support/writer-stories.ts";

describe.each(WRITER_STORIES)("the writer %s", (_, stories) => {
  it.each(stories.map((story) => [story.title, story] as const))("%s", async (_title, story) => {
    await expect(story.run(REAL_CORE)).resolves.toBeUndefined();
  });
});
