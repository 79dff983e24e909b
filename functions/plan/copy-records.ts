import pMap from "p-map";
import type { Dependencies } from "../runtime/dependencies.ts";

const AT_ONCE = 16;

/** Copies the records of one recovery to another one, changed; answers them in order. Twice is safe. */
export async function copyRecords<Document>(
  { from, to, prefix }: { readonly from: string; readonly to: string; readonly prefix: string },
  change: (document: Document) => Document,
  { recoveries }: Dependencies,
): Promise<Document[]> {
  return pMap(
    recoveries.list<Document>(from, prefix),
    async ({ record, document }) => {
      const copy = change(document);
      await recoveries.put(to, record, copy);
      return copy;
    },
    { concurrency: AT_ONCE },
  );
}
