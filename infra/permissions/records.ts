import type { Permission } from "./permission.ts";

/** Where a deployment keeps what it knows. */
export interface Stores {
  readonly recoveriesTableArn: string;
  readonly bucketArn: string;
  readonly topicArn: string;
  /** Queue of events that nobody dealt with. */
  readonly deadLettersArn: string;
  /** Set where the bucket has a key of its own. */
  readonly bucketKeyArn?: string | undefined;
}

/** What every function may do: read and write the records of recoveries. */
export function records({ recoveriesTableArn }: Stores): Permission {
  return {
    reason: "Reads and writes its records: status, lock, approval, hashes, the saved read-only state.",
    actions: ["dynamodb:GetItem", "dynamodb:PutItem"],
    resources: [recoveriesTableArn],
  };
}

/** For functions that go through records of one kind: rounds, parts, journals, attempts. */
export function listRecords({ recoveriesTableArn }: Stores): Permission {
  return {
    reason: "Lists its records of one kind: rounds, parts, journals, attempts.",
    actions: ["dynamodb:Query"],
    resources: [recoveriesTableArn],
  };
}

/** What the functions may do that write objects of recoveries: a rerun reads what the first run wrote. */
export function artifacts(stores: Stores): Permission[] {
  return [
    {
      reason: "Writes the objects of recoveries.",
      actions: ["s3:PutObject"],
      resources: [`${stores.bucketArn}/recoveries/*`],
      wildcard: "Recoveries are named when they are started.",
    },
    ...readArtifacts(stores),
  ];
}

/** Of functions that read objects of recoveries: images of items are in them, so not all may. */
export function readArtifacts(stores: Stores): Permission[] {
  const { bucketArn } = stores;
  return [
    {
      reason: "Reads the objects of recoveries; a recorded version is read as it was recorded.",
      actions: ["s3:GetObject", "s3:GetObjectVersion"],
      resources: [`${bucketArn}/recoveries/*`],
      wildcard: "Recoveries are named when they are started.",
    },
    {
      reason: "Lists results of parts; without it a missing object answers AccessDenied instead of NoSuchKey.",
      actions: ["s3:ListBucket"],
      resources: [bucketArn],
    },
    useBucketKey(stores),
  ];
}

/** What the state machine reads itself: the manifests of its maps. */
export function readManifests(stores: Stores): Permission[] {
  return [
    {
      reason: "Reads the manifests that its maps go through.",
      actions: ["s3:GetObject"],
      // Of the keys and of each round's plan, names of parts; of compared tables, numbers of segments: no images of items.
      resources: ["parts.json", "segments.json"].map((name) => `${stores.bucketArn}/recoveries/*/${name}`),
      wildcard: "Recoveries are named when they are started.",
    },
    {
      reason: "Reads them under the bucket's own key.",
      actions: ["kms:Decrypt"],
      resources: stores.bucketKeyArn ? [stores.bucketKeyArn] : [],
    },
  ];
}

export function useBucketKey({ bucketKeyArn }: Stores): Permission {
  return {
    reason: "Reads and writes objects under the bucket's own key.",
    actions: ["kms:Decrypt", "kms:GenerateDataKey"],
    resources: bucketKeyArn ? [bucketKeyArn] : [],
  };
}

/** The lock of a table is given back, or taken over from nobody. */
export function giveBackLock({ recoveriesTableArn }: Stores): Permission {
  return {
    reason: "Gives the lock of the table back.",
    actions: ["dynamodb:DeleteItem"],
    resources: [recoveriesTableArn],
    conditions: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["lock"] } },
  };
}

/** Ends the watch over a recovery, and gives back the lock of one that never began. */
export function endWatch({ recoveriesTableArn }: Stores): Permission {
  return {
    reason: "Takes recoveries that are over off its list, and gives back locks of those that never began.",
    actions: ["dynamodb:DeleteItem"],
    resources: [recoveriesTableArn],
    conditions: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["watch", "lock"] } },
  };
}

/** Lambda sends there in the function's own name. */
export function keepFailedEvents({ deadLettersArn }: Stores): Permission {
  return {
    reason: "Keeps the events that it failed at three times.",
    actions: ["sqs:SendMessage"],
    resources: [deadLettersArn],
  };
}

/** Lists of keys that users put into the bucket. */
export function uploads({ bucketArn }: Stores): Permission {
  return {
    reason: "Reads the list of keys that the request names; slice after slice of the same version.",
    actions: ["s3:GetObject", "s3:GetObjectVersion"],
    resources: [`${bucketArn}/uploads/*`],
    wildcard: "Users name their lists.",
  };
}

/** Tells people. */
export function publish({ topicArn }: Stores): Permission {
  return { reason: "Tells people.", actions: ["sns:Publish"], resources: [topicArn] };
}
