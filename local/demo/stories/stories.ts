import type { StoryName } from "../options.ts";
import { big } from "./big.ts";
import { counter } from "./counter.ts";
import { deleted } from "./deleted.ts";
import { merge } from "./merge.ts";
import type { PastStory } from "./past-story.ts";
import { tenant } from "./tenant.ts";

/** Every story beside the default one, by the name that `--story` takes. */
export const STORIES: Readonly<Record<StoryName, PastStory>> = { big, tenant, deleted, merge, counter };
