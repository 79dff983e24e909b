/** Keys as SDK clients take them. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The account's root: the deployer and the operator. Not a secret: the port is loopback, and signatures are not verified. */
export const ROOT_CREDENTIALS: Credentials = {
  accessKeyId: "AKIAPOCKETAWSROOT000",
  secretAccessKey: "pocket-aws-does-not-verify-signatures",
};
