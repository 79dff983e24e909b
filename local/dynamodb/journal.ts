import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Item } from "./attribute-value.ts";

/** One effective write, in the order in which writes took effect. */
export interface JournalEntry {
  readonly sequence: number;
  readonly atMs: number;
  readonly key: Item;
  /** What the item is from then on; undefined: it is gone. */
  readonly image: Item | undefined;
  readonly principalArn: string;
}

/** Who writes what AWS itself writes: restored content, expired items, seeds. */
export const SERVICE_PRINCIPAL = "dynamodb.amazonaws.com";

/** Every effective write of every table, by table incarnation; what a restore to any moment is made from. */
export class Journal {
  readonly #database = new DatabaseSync(":memory:");
  readonly #insert: StatementSync;
  #lastMs = 0;

  constructor() {
    this.#database.exec(`
      CREATE TABLE writes (
        sequence INTEGER PRIMARY KEY, tableId TEXT NOT NULL, keyText TEXT NOT NULL, atMs INTEGER NOT NULL,
        itemKey TEXT NOT NULL, image TEXT, principalArn TEXT NOT NULL
      );
      CREATE INDEX writesOfTable ON writes (tableId, sequence);`);
    this.#insert = this.#database.prepare(
      "INSERT INTO writes (tableId, keyText, atMs, itemKey, image, principalArn) VALUES (?, ?, ?, ?, ?, ?)",
    );
  }

  /** The time of the next write: never before the last one, so that order and time agree even if the clock steps back. */
  tick(nowMs: number): number {
    this.#lastMs = Math.max(this.#lastMs, Math.floor(nowMs));
    return this.#lastMs;
  }

  record(tableId: string, keyText: string, write: Omit<JournalEntry, "sequence">): void {
    const image = write.image === undefined ? null : JSON.stringify(write.image);
    this.#insert.run(tableId, keyText, write.atMs, JSON.stringify(write.key), image, write.principalArn);
  }

  history(tableId: string, sinceMs: number): JournalEntry[] {
    return this.#database
      .prepare("SELECT * FROM writes WHERE tableId = ? AND atMs >= ? ORDER BY sequence")
      .all(tableId, sinceMs)
      .map((row) => ({
        sequence: Number(row.sequence),
        atMs: Number(row.atMs),
        key: JSON.parse(String(row.itemKey)) as Item,
        image: row.image === null ? undefined : (JSON.parse(String(row.image)) as Item),
        principalArn: String(row.principalArn),
      }));
  }

  /**
   * Copies one table's state as of a moment (writes at exactly that millisecond are in) into another's journal.
   * Done at once, so that nothing written later can get in.
   */
  copyStateAt(sourceId: string, atMs: number, targetId: string, nowMs: number): void {
    // With MAX() SQLite takes the other columns from the row that holds the maximum.
    this.#database
      .prepare(
        `INSERT INTO writes (tableId, keyText, atMs, itemKey, image, principalArn)
         SELECT ?, keyText, ?, itemKey, image, ? FROM
           (SELECT keyText, itemKey, image, MAX(sequence) FROM writes WHERE tableId = ? AND atMs <= ? GROUP BY keyText)
         WHERE image IS NOT NULL`,
      )
      .run(targetId, nowMs, SERVICE_PRINCIPAL, sourceId, atMs);
  }

  /** The images of a table that holds nothing but a copy, page by page. */
  *copiedItems(tableId: string, pageSize: number): Generator<{ keyText: string; item: Item }[]> {
    const page = this.#database.prepare(
      "SELECT sequence, keyText, image FROM writes WHERE tableId = ? AND sequence > ? ORDER BY sequence LIMIT ?",
    );
    for (let after = 0; ; ) {
      const rows = page.all(tableId, after, pageSize);
      if (rows.length === 0) return;
      after = Number(rows.at(-1)?.sequence);
      yield rows.map((row) => ({ keyText: String(row.keyText), item: JSON.parse(String(row.image)) as Item }));
    }
  }

  /** Forgets a table that is gone; nothing can be restored from it. */
  forget(tableId: string): void {
    this.#database.prepare("DELETE FROM writes WHERE tableId = ?").run(tableId);
  }

  close(): void {
    this.#database.close();
  }
}
