/** One incident in one partition, hours ago, that every kind of evidence can take back. */
import { CreateBackupCommand } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { seededRandom } from "../../local/conditions.ts";
import { type Item, keyItem, newOrder, ORDERS_TABLE, type OrderKey, tenantName } from "../../local/demo/orders.ts";
import { PastWorld } from "../../local/demo/stories/past-world.ts";
import { Truth } from "../../local/demo/truth.ts";
import type { StoryClock } from "../../local/story-clock.ts";
import type { DeployedPocketAws } from "../../test/support/deployed-pocket-aws.ts";

export interface CostedIncident {
  readonly world: PastWorld;
  readonly backupArn: string;
  readonly tenant: string;
  /** In the recovery bucket: every key that was written in the window, good or bad. */
  readonly keyList: string;
}

/** Sizes that decide the figures. */
export interface IncidentSize {
  readonly items: number;
  /** Orders of the one tenant that is damaged. */
  readonly ofTenant: number;
  readonly damaged: number;
  /** Good writes in the same minutes: of the same tenant, and of the others. */
  readonly goodOfTenant: number;
  readonly goodOfOthers: number;
}

const MINUTES = 30;
const TENANT = tenantName(1);

export async function haveCostedIncident(
  stage: DeployedPocketAws,
  clock: StoryClock,
  size: IncidentSize,
): Promise<CostedIncident> {
  const random = seededRandom(11);
  const truth = new Truth();
  const orders = Array.from({ length: size.items }, (_, index) => {
    const key = keyAt(index, size);
    const item: Item = newOrder(key, random);
    truth.seeded(key, item);
    return { key, item };
  });
  const keys = orders.map(({ key }) => key);
  await stage.aws.services.dynamodb.seed(
    ORDERS_TABLE,
    orders.map(({ item }) => item),
  );
  clock.passSeconds(1800);
  const { BackupDetails } = await stage.dynamodb.send(
    new CreateBackupCommand({ TableName: ORDERS_TABLE, BackupName: "before-the-deploy" }),
  );
  const world = new PastWorld({ clock, random, truth, keys, say: () => undefined, dynamodb: stage.asApplication() });
  clock.passSeconds(60);
  const ofTenant = keys.slice(0, size.ofTenant);
  const bad = ofTenant.slice(0, size.damaged);
  const good = [
    ...ofTenant.slice(size.damaged, size.damaged + size.goodOfTenant),
    ...keys.slice(size.ofTenant, size.ofTenant + size.goodOfOthers),
  ];
  world.beginIncident();
  await world.all(bad, (key) => world.spoil(key, { total: { S: "NaN" }, currency: undefined }));
  await world.all(good, (key) => world.write(key, { status: { S: "shipped" } }));
  clock.passSeconds(MINUTES * 60);
  world.endIncident();
  clock.toPresent();
  const keyList = "uploads/written.jsonl";
  await stage.s3.send(
    new PutObjectCommand({
      Bucket: stage.outputs.RecoveryBucketName,
      Key: keyList,
      Body: [...bad, ...good].map(line).join("\n"),
    }),
  );
  return { world, backupArn: BackupDetails?.BackupArn ?? "", tenant: TENANT, keyList };
}

function keyAt(index: number, { ofTenant }: IncidentSize): OrderKey {
  const tenant = index < ofTenant ? TENANT : tenantName(2 + (index % 20));
  return { tenant, order: String(index + 1).padStart(7, "0") };
}

function line(key: OrderKey): string {
  const { pk, sk } = keyItem(key);
  return JSON.stringify({ pk: pk?.S, sk: sk?.S });
}

/** Undoes nothing: what the table must be once the incident is taken back. */
export async function wrongAfter(stage: DeployedPocketAws, { world }: CostedIncident): Promise<number> {
  const { damagedLeft, goodWritesLost } = world.truth.judge(await stage.tableContent());
  return damagedLeft.length + goodWritesLost.length;
}

/** Used by whoever needs the partition alone. */
export const partitionKey = ({ tenant }: CostedIncident): string => `TENANT#${tenant}`;
