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
export type NewEntry = Omit<JournalEntry, "sequence"> & {
  readonly keyText: string;
  /** Of the image, or of the key of an item that is gone. */
  readonly bytes: number;
};

/** One key that was written in a window of time. Images stay JSON text: most readers pass them on as they are. */
export interface ChangedKey {
  readonly keyText: string;
  readonly keyJson: string;
  readonly oldJson: string | undefined;
  readonly newJson: string | undefined;
  readonly lastWriteMs: number;
  /** Of all its writes in the window. */
  readonly bytes: number;
}
/** One effective write with what it replaced. */
export type JournalledChange = Omit<JournalEntry, "image"> & {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
};
/** One item as it was at a moment. */
export interface StoredItem {
  readonly keyText: string;
  readonly keyJson: string;
  readonly imageJson: string;
  readonly bytes: number;
}

/** Who writes what AWS itself writes: restored content, expired items, seeds. */
export const SERVICE_PRINCIPAL = "dynamodb.amazonaws.com";

/** Every effective write of every table, by table incarnation; what restores, backups and exports are made from. */
export class Journal {
  readonly #database = new DatabaseSync(":memory:");
  readonly #insert: StatementSync;
  /** Numbers in place of table ids: they stand in every row and index entry. */
  readonly #tables = new Map<string, number>();
  readonly #keepers = new Map<string, number>();
  readonly #gone = new Set<string>();
  readonly #observers = new Set<(tableId: string) => void>();
  #lastMs = 0;

  constructor() {
    // The times of one key's writes never go back, so that the index gives its state at any moment.
    this.#database.exec(`
      CREATE TABLE writes (
        sequence INTEGER PRIMARY KEY, tableNo INTEGER NOT NULL, keyText TEXT NOT NULL, atMs INTEGER NOT NULL,
        itemKey TEXT NOT NULL, image TEXT, bytes INTEGER NOT NULL, principalArn TEXT NOT NULL
      );
      CREATE INDEX writesOfKey ON writes (tableNo, keyText, atMs);`);
    this.#insert = this.#database.prepare(
      "INSERT INTO writes (tableNo, keyText, atMs, itemKey, image, bytes, principalArn) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
  }

  /** The time of the next write: never before the last one, so that order and time agree even if the clock steps back. */
  tick(nowMs: number): number {
    this.#lastMs = Math.max(this.#lastMs, Math.floor(nowMs));
    return this.#lastMs;
  }

  get lastSequence(): number {
    return Number(this.#database.prepare("SELECT MAX(sequence) AS last FROM writes").get()?.last ?? 0);
  }

  record(tableId: string, { keyText, atMs, key, image, bytes, principalArn }: NewEntry): void {
    const json = image === undefined ? null : JSON.stringify(image);
    this.#insert.run(this.#numberOf(tableId), keyText, atMs, JSON.stringify(key), json, bytes, principalArn);
    for (const observer of this.#observers) observer(tableId);
  }

  /** Tells of every write, before anybody knows that it was done; observers only take note. */
  observe(observer: (tableId: string) => void): void {
    this.#observers.add(observer);
  }

  recordAll(tableId: string, entries: readonly NewEntry[]): void {
    this.#database.exec("BEGIN");
    for (const entry of entries) this.record(tableId, entry);
    this.#database.exec("COMMIT");
  }

  /** Every write of a table, or of one of its keys, oldest first. */
  history(tableId: string, sinceMs: number, keyText?: string): JournalEntry[] {
    const ofKey = keyText === undefined ? "" : "AND keyText = ?";
    return this.#database
      .prepare(`SELECT * FROM writes WHERE tableNo = ? AND atMs >= ? ${ofKey} ORDER BY sequence`)
      .all(this.#numberOf(tableId), sinceMs, ...(keyText === undefined ? [] : [keyText]))
      .map((row) => ({
        sequence: Number(row.sequence),
        atMs: Number(row.atMs),
        key: JSON.parse(String(row.itemKey)) as Item,
        image: row.image === null ? undefined : (JSON.parse(String(row.image)) as Item),
        principalArn: String(row.principalArn),
      }));
  }

  /** Of the last write of this table; 0 where there is none. */
  lastSequenceOf(tableId: string): number {
    const last = this.#database.prepare("SELECT MAX(sequence) AS last FROM writes WHERE tableNo = ?");
    return Number(last.get(this.#numberOf(tableId))?.last ?? 0);
  }

  /** The writes of a table after one of them, oldest first, with the items as they were and as they became. */
  changesAfter(tableId: string, after: number, upTo: number, limit: number): JournalledChange[] {
    // The + keeps SQLite from the index: from `after` on there are few rows, and they are in order.
    return this.#database
      .prepare(
        `SELECT sequence, atMs, itemKey, image, principalArn,
           (SELECT earlier.image FROM writes AS earlier
            WHERE earlier.tableNo = later.tableNo AND earlier.keyText = later.keyText
              AND earlier.atMs <= later.atMs AND earlier.sequence < later.sequence
            ORDER BY earlier.atMs DESC, earlier.sequence DESC LIMIT 1) AS oldImage
         FROM writes AS later
         WHERE sequence > ? AND sequence <= ? AND +tableNo = ? ORDER BY sequence LIMIT ?`,
      )
      .all(after, upTo, this.#numberOf(tableId), limit)
      .map((row) => ({
        sequence: Number(row.sequence),
        atMs: Number(row.atMs),
        key: JSON.parse(String(row.itemKey)) as Item,
        before: typeof row.oldImage === "string" ? (JSON.parse(row.oldImage) as Item) : undefined,
        after: typeof row.image === "string" ? (JSON.parse(row.image) as Item) : undefined,
        principalArn: String(row.principalArn),
      }));
  }

  /** One item as it was at a moment (writes at exactly that millisecond are in). */
  imageAt(tableId: string, keyText: string, atMs: number): Item | undefined {
    const row = this.#database
      .prepare(
        "SELECT image FROM writes WHERE tableNo = ? AND keyText = ? AND atMs <= ? ORDER BY atMs DESC, sequence DESC LIMIT 1",
      )
      .get(this.#numberOf(tableId), keyText, atMs);
    return typeof row?.image === "string" ? (JSON.parse(row.image) as Item) : undefined;
  }

  /** The items of a table as of a moment, in pages: the caller may let other work in between, for the past stays. */
  *stateAt(tableId: string, atMs: number, pageSize: number): Generator<readonly StoredItem[]> {
    // With MAX() SQLite takes the other columns from the row that holds the maximum.
    const page = this.#database.prepare(
      `SELECT keyText, itemKey, image, bytes, MAX(sequence) FROM writes
       WHERE tableNo = ? AND keyText > ? AND atMs <= ? GROUP BY keyText ORDER BY keyText LIMIT ?`,
    );
    for (let after = ""; ; ) {
      const rows = page.all(this.#numberOf(tableId), after, atMs, pageSize);
      if (rows.length === 0) return;
      after = String(rows.at(-1)?.keyText);
      yield rows.flatMap((row) =>
        row.image === null
          ? []
          : {
              keyText: String(row.keyText),
              keyJson: String(row.itemKey),
              imageJson: String(row.image),
              bytes: Number(row.bytes),
            },
      );
    }
  }

  /** The keys written from one moment (inclusive) to another (exclusive), in pages, with their state on either side. */
  *changesBetween(tableId: string, fromMs: number, toMs: number, pageSize: number): Generator<readonly ChangedKey[]> {
    const page = this.#database.prepare(
      `SELECT keyText, itemKey, image, atMs, MAX(sequence), SUM(bytes) AS written,
         (SELECT earlier.image FROM writes AS earlier
          WHERE earlier.tableNo = later.tableNo AND earlier.keyText = later.keyText AND earlier.atMs < ?
          ORDER BY earlier.atMs DESC, earlier.sequence DESC LIMIT 1) AS oldImage
       FROM writes AS later
       WHERE tableNo = ? AND keyText > ? AND atMs >= ? AND atMs < ? GROUP BY keyText ORDER BY keyText LIMIT ?`,
    );
    for (let after = ""; ; ) {
      const rows = page.all(fromMs, this.#numberOf(tableId), after, fromMs, toMs, pageSize);
      if (rows.length === 0) return;
      after = String(rows.at(-1)?.keyText);
      yield rows.map((row) => ({
        keyText: String(row.keyText),
        keyJson: String(row.itemKey),
        oldJson: row.oldImage === null ? undefined : String(row.oldImage),
        newJson: row.image === null ? undefined : String(row.image),
        lastWriteMs: Number(row.atMs),
        bytes: Number(row.written),
      }));
    }
  }

  /**
   * Copies one table's state as of a moment (writes at exactly that millisecond are in, if not after `upToSequence`)
   * into another's journal, and answers its bytes. Done at once, so that nothing written later can get in.
   */
  copyStateAt(
    source: { readonly tableId: string; readonly atMs: number; readonly upToSequence?: number },
    targetId: string,
    nowMs: number,
  ): number {
    this.#database
      .prepare(
        `INSERT INTO writes (tableNo, keyText, atMs, itemKey, image, bytes, principalArn)
         SELECT ?, keyText, ?, itemKey, image, bytes, ? FROM
           (SELECT keyText, itemKey, image, bytes, MAX(sequence) FROM writes
            WHERE tableNo = ? AND atMs <= ? AND sequence <= ? GROUP BY keyText)
         WHERE image IS NOT NULL`,
      )
      .run(
        this.#numberOf(targetId),
        nowMs,
        SERVICE_PRINCIPAL,
        this.#numberOf(source.tableId),
        source.atMs,
        source.upToSequence ?? Number.MAX_SAFE_INTEGER,
      );
    const sum = this.#database.prepare("SELECT SUM(bytes) AS bytes FROM writes WHERE tableNo = ?");
    return Number(sum.get(this.#numberOf(targetId))?.bytes ?? 0);
  }

  /** Keeps what is known of a table until it is released, even if the table goes: a backup needs it. */
  keep(tableId: string): void {
    this.#keepers.set(tableId, (this.#keepers.get(tableId) ?? 0) + 1);
  }

  release(tableId: string): void {
    const others = (this.#keepers.get(tableId) ?? 1) - 1;
    if (others > 0) this.#keepers.set(tableId, others);
    else this.#keepers.delete(tableId);
    if (this.#gone.has(tableId)) this.forget(tableId);
  }

  /** Forgets a table that is gone, as soon as nobody keeps it. */
  forget(tableId: string): void {
    this.#gone.add(tableId);
    if (this.#keepers.has(tableId)) return;
    this.#database.prepare("DELETE FROM writes WHERE tableNo = ?").run(this.#numberOf(tableId));
  }

  close(): void {
    this.#database.close();
  }

  #numberOf(tableId: string): number {
    const known = this.#tables.get(tableId) ?? this.#tables.size + 1;
    this.#tables.set(tableId, known);
    return known;
  }
}
