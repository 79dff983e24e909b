import { randomBytes } from "node:crypto";
import type { PolicyDocument } from "../service.ts";
import { compareKeys } from "./key-order.ts";

/** One version of an object; a delete marker has no body. */
export interface StoredObject {
  readonly key: string;
  /** `null` as text for versions written while versioning was off. */
  readonly versionId: string;
  readonly isDeleteMarker: boolean;
  readonly body: Buffer;
  readonly etag: string;
  readonly modifiedAt: Date;
  /** Content-Type, Content-Encoding, x-amz-meta-*, checksums: given back as they came. */
  readonly headers: Readonly<Record<string, string>>;
}

export type NewObject = Pick<StoredObject, "key" | "body" | "etag" | "modifiedAt" | "headers">;

/** One bucket: its objects in memory, all versions of them, newest first. */
export class Bucket {
  readonly name: string;
  readonly createdAt: Date;
  versioning: "Enabled" | "Suspended" | undefined;
  policy: { readonly text: string; readonly document: PolicyDocument } | undefined;
  /** Bodies of the settings that are kept and given back: encryption, lifecycle… */
  readonly settings = new Map<string, string>();
  readonly #versions = new Map<string, StoredObject[]>();
  #sortedKeys: string[] | undefined;

  constructor(name: string, createdAt: Date) {
    this.name = name;
    this.createdAt = createdAt;
  }

  get isEmpty(): boolean {
    return this.#versions.size === 0;
  }

  /** The newest version, or one by its id; a delete marker is returned as such. */
  find(key: string, versionId?: string): StoredObject | undefined {
    const versions = this.#versions.get(key);
    return versionId === undefined ? versions?.[0] : versions?.find((version) => version.versionId === versionId);
  }

  put(object: NewObject): StoredObject {
    return this.#add({ ...object, isDeleteMarker: false, versionId: this.#newVersionId() });
  }

  /** Removes one version for good; or, without a version id, the object: under versioning by a delete marker. */
  delete(key: string, versionId: string | undefined, modifiedAt: Date): StoredObject | undefined {
    if (versionId !== undefined) return this.#remove(key, versionId);
    if (this.versioning === undefined) {
      this.#remove(key, "null");
      return undefined;
    }
    const marker = { key, body: Buffer.alloc(0), etag: "", modifiedAt, headers: {} };
    return this.#add({ ...marker, isDeleteMarker: true, versionId: this.#newVersionId() });
  }

  /** Keys in the order of S3: by UTF-8 bytes. */
  keys(): readonly string[] {
    this.#sortedKeys ??= [...this.#versions.keys()].sort(compareKeys);
    return this.#sortedKeys;
  }

  versionsOf(key: string): readonly StoredObject[] {
    return this.#versions.get(key) ?? [];
  }

  #newVersionId(): string {
    return this.versioning === "Enabled" ? randomBytes(16).toString("base64url") : "null";
  }

  /** Without versioning (or with it suspended) the new version takes the place of the `null` one. */
  #add(version: StoredObject): StoredObject {
    const versions = this.#versions.get(version.key);
    if (versions === undefined) {
      this.#versions.set(version.key, [version]);
      this.#sortedKeys = undefined;
      return version;
    }
    const old = version.versionId === "null" ? versions.findIndex(({ versionId }) => versionId === "null") : -1;
    if (old >= 0) versions.splice(old, 1);
    versions.unshift(version);
    return version;
  }

  #remove(key: string, versionId: string): StoredObject | undefined {
    const versions = this.#versions.get(key) ?? [];
    const index = versions.findIndex((version) => version.versionId === versionId);
    if (index < 0) return undefined;
    const [removed] = versions.splice(index, 1);
    if (versions.length === 0) {
      this.#versions.delete(key);
      this.#sortedKeys = undefined;
    }
    return removed;
  }
}
