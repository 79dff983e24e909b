/**
 * The recoveries table: who holds which table, what was approved, what is frozen, which hashes count.
 * One item a record; key `recoveryId` + `record`; content as JSON in `document`, with a `revision` against lost updates:
 * a new random one with every write, so that nobody takes another's write for his own or overlooks it.
 * Locks live under the pseudo id `lock`, one record a table.
 */
import { randomUUID } from "node:crypto";
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from "@aws-sdk/client-dynamodb";
import { LockLost, TableLocked, UnknownRecovery } from "./errors.ts";
import type { Recovery, RecoveryStatus } from "./recovery.ts";

export interface Lock {
  readonly recoveryId: string;
  readonly executionArn: string;
  readonly acquiredAt: string;
}

interface Stored<Document> {
  readonly document: Document;
  readonly revision: string;
}

export class Recoveries {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;

  constructor(client: DynamoDBClient, tableName: string) {
    this.#client = client;
    this.#tableName = tableName;
  }

  async load(recoveryId: string): Promise<Recovery> {
    const recovery = await this.get<Recovery>(recoveryId, "recovery");
    if (!recovery)
      throw new UnknownRecovery(
        `Recovery "${recoveryId}" is not in the recoveries table: check the name; it is the name of its execution.`,
      );
    return recovery;
  }

  async get<Document>(recoveryId: string, record: string): Promise<Document | undefined> {
    return (await this.#read<Document>(recoveryId, record))?.document;
  }

  async put(recoveryId: string, record: string, document: unknown): Promise<void> {
    await this.#client.send(
      new PutItemCommand({ TableName: this.#tableName, Item: this.#item(recoveryId, record, document, randomUUID()) }),
    );
  }

  /** Writes only where nothing is yet; answers whether it did. */
  async putOnce(recoveryId: string, record: string, document: unknown): Promise<boolean> {
    return this.#replace(recoveryId, record, document, undefined);
  }

  /** Reads, changes and writes back; whoever else wrote meanwhile wins first and the change is made again on theirs. */
  async update<Document>(
    recoveryId: string,
    record: string,
    change: (before: Document | undefined) => Document,
  ): Promise<Document> {
    for (;;) {
      const stored = await this.#read<Document>(recoveryId, record);
      const document = change(stored?.document);
      if (await this.#replace(recoveryId, record, document, stored?.revision)) return document;
    }
  }

  /** Records of a recovery whose name begins with `prefix` ("": all of them), in order, page by page. */
  async *list<Document>(
    recoveryId: string,
    prefix: string,
  ): AsyncGenerator<{ readonly record: string; readonly document: Document }> {
    let start: Record<string, { S: string }> | undefined;
    do {
      const page = await this.#client.send(
        new QueryCommand({
          TableName: this.#tableName,
          ConsistentRead: true,
          // A key condition takes no empty text.
          ...(prefix === ""
            ? {
                KeyConditionExpression: "recoveryId = :id",
                ExpressionAttributeValues: { ":id": { S: recoveryId } },
              }
            : {
                KeyConditionExpression: "recoveryId = :id AND begins_with(#record, :prefix)",
                ExpressionAttributeNames: { "#record": "record" },
                ExpressionAttributeValues: { ":id": { S: recoveryId }, ":prefix": { S: prefix } },
              }),
          ...(start ? { ExclusiveStartKey: start } : {}),
        }),
      );
      for (const item of page.Items ?? [])
        yield { record: item.record?.S ?? "", document: JSON.parse(item.document?.S ?? "null") as Document };
      start = page.LastEvaluatedKey as Record<string, { S: string }> | undefined;
    } while (start);
  }

  /** What is `undefined` in the change is taken out. */
  async setStatus(recoveryId: string, now: Date, change: Partial<RecoveryStatus>): Promise<void> {
    await this.update<RecoveryStatus>(recoveryId, "status", (before) => ({
      state: "unknown",
      table: "",
      startedAt: now.toISOString(),
      ...before,
      ...change,
      updatedAt: now.toISOString(),
    }));
  }

  /** Takes the table for this recovery; the same recovery may take it twice. */
  async acquireLock(table: string, lock: Lock): Promise<void> {
    if (await this.putOnce("lock", table, lock)) return;
    const holder = await this.get<Lock>("lock", table);
    if (!holder) return this.acquireLock(table, lock);
    assertHolds(holder, table, lock.recoveryId);
  }

  /** Names the execution that holds a lock from now on, for the same recovery. */
  async handOnLock(table: string, { recoveryId, executionArn }: Omit<Lock, "acquiredAt">): Promise<void> {
    await this.update<Lock>("lock", table, (before) => {
      if (before?.recoveryId !== recoveryId)
        throw new LockLost(`Recovery "${recoveryId}" has just given table "${table}" back: start a new recovery.`);
      return { ...before, executionArn };
    });
  }

  /** Throws where another recovery has the table, and takes nothing. */
  async assertNotLocked(table: string, recoveryId: string): Promise<void> {
    const holder = await this.get<Lock>("lock", table);
    if (holder) assertHolds(holder, table, recoveryId);
  }

  /** Every part that writes asks this first. */
  async assertLock(table: string, recoveryId: string): Promise<void> {
    const holder = await this.get<Lock>("lock", table);
    if (holder?.recoveryId !== recoveryId)
      throw new LockLost(
        `Recovery "${recoveryId}" does not hold table "${table}" (${holder ? `"${holder.recoveryId}" does` : "nobody does"}): nothing was written. Start a new recovery.`,
      );
  }

  /** Gives the table back, if this recovery holds it; a lock that another one took meanwhile stays. */
  async releaseLock(table: string, recoveryId: string): Promise<void> {
    const held = await this.#read<Lock>("lock", table);
    if (held?.document.recoveryId !== recoveryId) return;
    try {
      await this.#client.send(
        new DeleteItemCommand({
          TableName: this.#tableName,
          Key: this.#key("lock", table),
          ConditionExpression: "revision = :revision",
          ExpressionAttributeValues: { ":revision": { S: held.revision } },
        }),
      );
    } catch (error) {
      // Given back already, by this call's own first try or by another run of the step.
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  /** Takes a record out; twice is once. Roles may do so under few pseudo ids alone. */
  async remove(recoveryId: string, record: string): Promise<void> {
    await this.#client.send(new DeleteItemCommand({ TableName: this.#tableName, Key: this.#key(recoveryId, record) }));
  }

  /** Writes on this revision, or where nothing is; false: somebody else wrote. */
  async #replace(recoveryId: string, record: string, document: unknown, before: string | undefined): Promise<boolean> {
    const revision = randomUUID();
    try {
      await this.#client.send(
        new PutItemCommand({
          TableName: this.#tableName,
          Item: this.#item(recoveryId, record, document, revision),
          ...(before === undefined
            ? { ConditionExpression: "attribute_not_exists(recoveryId)" }
            : {
                ConditionExpression: "revision = :revision",
                ExpressionAttributeValues: { ":revision": { S: before } },
              }),
        }),
      );
      return true;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      // The client sends again what got no answer: the write that is in the way may be our own.
      return (await this.#read(recoveryId, record))?.revision === revision;
    }
  }

  async #read<Document>(recoveryId: string, record: string): Promise<Stored<Document> | undefined> {
    const { Item } = await this.#client.send(
      new GetItemCommand({ TableName: this.#tableName, Key: this.#key(recoveryId, record), ConsistentRead: true }),
    );
    if (!Item) return undefined;
    return {
      document: JSON.parse(Item.document?.S ?? "null") as Document,
      revision: Item.revision?.S ?? "",
    };
  }

  #key(recoveryId: string, record: string) {
    return { recoveryId: { S: recoveryId }, record: { S: record } };
  }

  #item(recoveryId: string, record: string, document: unknown, revision: string) {
    return {
      ...this.#key(recoveryId, record),
      document: { S: JSON.stringify(document) },
      revision: { S: revision },
    };
  }
}

function assertHolds(holder: Lock, table: string, recoveryId: string): void {
  if (holder.recoveryId === recoveryId) return;
  throw new TableLocked(
    `Table "${table}" is being recovered by "${holder.recoveryId}" since ${holder.acquiredAt}: wait for it, redrive it, or lift and end it first (execution ${holder.executionArn}).`,
  );
}
