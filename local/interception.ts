import type { ApiRequest, ApiResponse } from "./service.ts";

/** One request of anybody, before it is handled. */
export interface Intercepted {
  /** Signing name of the service. */
  readonly service: string;
  /** As in {@link RequestEntry}. */
  readonly action: string;
  readonly request: ApiRequest;
}

/** Stands between callers and services: may act before and after, fail in a service's stead, or throw {@link LostAnswer}. */
export type Interceptor = (call: Intercepted, proceed: () => Promise<ApiResponse>) => Promise<ApiResponse>;

/** The effect is there and the answer gets lost on its way: the caller's connection breaks. */
export class LostAnswer extends Error {
  override readonly name = "LostAnswer";
}
