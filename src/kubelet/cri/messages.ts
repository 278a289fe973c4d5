/** CRI's messages as TypeScript sees them. 64-bit integers are numbers: exact to 2^53, times in nanoseconds to some hundred nanoseconds. */

export type ContainerState = number;
/** Values of `ContainerState`. */
export const CONTAINER_STATE = { CONTAINER_CREATED: 0, CONTAINER_RUNNING: 1, CONTAINER_EXITED: 2, CONTAINER_UNKNOWN: 3 } as const;
export type MountPropagation = number;
/** Values of `MountPropagation`. */
export const MOUNT_PROPAGATION = { PROPAGATION_PRIVATE: 0, PROPAGATION_HOST_TO_CONTAINER: 1, PROPAGATION_BIDIRECTIONAL: 2 } as const;
export type NamespaceMode = number;
/** Values of `NamespaceMode`. */
export const NAMESPACE_MODE = { POD: 0, CONTAINER: 1, NODE: 2, TARGET: 3 } as const;
export type PodSandboxState = number;
/** Values of `PodSandboxState`. */
export const POD_SANDBOX_STATE = { SANDBOX_READY: 0, SANDBOX_NOTREADY: 1 } as const;
export type ProfileType = number;
/** Values of `ProfileType`. */
export const PROFILE_TYPE = { RuntimeDefault: 0, Unconfined: 1, Localhost: 2 } as const;
export type Protocol = number;
/** Values of `Protocol`. */
export const PROTOCOL = { TCP: 0, UDP: 1, SCTP: 2 } as const;
export type SupplementalGroupsPolicy = number;
/** Values of `SupplementalGroupsPolicy`. */
export const SUPPLEMENTAL_GROUPS_POLICY = { Merge: 0, Strict: 1 } as const;
export interface AttachRequest {
  containerId?: string | undefined;
  stdin?: boolean | undefined;
  tty?: boolean | undefined;
  stdout?: boolean | undefined;
  stderr?: boolean | undefined;
}
export interface AttachResponse {
  url: string;
}
export interface AuthConfig {
  username?: string | undefined;
  password?: string | undefined;
  auth?: string | undefined;
  serverAddress?: string | undefined;
  identityToken?: string | undefined;
  registryToken?: string | undefined;
}
export interface CDIDevice {
  name?: string | undefined;
}
export interface Capability {
  addCapabilities?: string[] | undefined;
  dropCapabilities?: string[] | undefined;
  addAmbientCapabilities?: string[] | undefined;
}
export interface Container {
  id: string;
  podSandboxId: string;
  metadata?: ContainerMetadata | undefined;
  image?: ImageSpec | undefined;
  imageRef: string;
  state: ContainerState;
  createdAt: number;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  imageId: string;
}
export interface ContainerAttributes {
  id: string;
  metadata?: ContainerMetadata | undefined;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}
export interface ContainerConfig {
  metadata?: ContainerMetadata | undefined;
  image?: ImageSpec | undefined;
  command?: string[] | undefined;
  args?: string[] | undefined;
  workingDir?: string | undefined;
  envs?: KeyValue[] | undefined;
  mounts?: Mount[] | undefined;
  devices?: Device[] | undefined;
  labels?: Record<string, string> | undefined;
  annotations?: Record<string, string> | undefined;
  logPath?: string | undefined;
  stdin?: boolean | undefined;
  stdinOnce?: boolean | undefined;
  tty?: boolean | undefined;
  linux?: LinuxContainerConfig | undefined;
  cdiDevices?: CDIDevice[] | undefined;
}
export interface ContainerFilter {
  id?: string | undefined;
  state?: ContainerStateValue | undefined;
  podSandboxId?: string | undefined;
  labelSelector?: Record<string, string> | undefined;
}
export interface ContainerMetadata {
  name: string;
  attempt: number;
}
export interface ContainerResources {
  linux?: LinuxContainerResources | undefined;
}
export interface ContainerStateValue {
  state?: ContainerState | undefined;
}
export interface ContainerStats {
  attributes?: ContainerAttributes | undefined;
  cpu?: CpuUsage | undefined;
  memory?: MemoryUsage | undefined;
  writableLayer?: FilesystemUsage | undefined;
  swap?: SwapUsage | undefined;
}
export interface ContainerStatsFilter {
  id?: string | undefined;
  podSandboxId?: string | undefined;
  labelSelector?: Record<string, string> | undefined;
}
export interface ContainerStatsRequest {
  containerId?: string | undefined;
}
export interface ContainerStatsResponse {
  stats?: ContainerStats | undefined;
}
export interface ContainerStatus {
  id: string;
  metadata?: ContainerMetadata | undefined;
  state: ContainerState;
  createdAt: number;
  startedAt: number;
  finishedAt: number;
  exitCode: number;
  image?: ImageSpec | undefined;
  imageRef: string;
  reason: string;
  message: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  mounts: Mount[];
  logPath: string;
  resources?: ContainerResources | undefined;
  imageId: string;
  user?: ContainerUser | undefined;
}
export interface ContainerStatusRequest {
  containerId?: string | undefined;
  verbose?: boolean | undefined;
}
export interface ContainerStatusResponse {
  status?: ContainerStatus | undefined;
  info: Record<string, string>;
}
export interface ContainerUser {
  linux?: LinuxContainerUser | undefined;
}
export interface CpuUsage {
  timestamp: number;
  usageCoreNanoSeconds?: UInt64Value | undefined;
  usageNanoCores?: UInt64Value | undefined;
}
export interface CreateContainerRequest {
  podSandboxId?: string | undefined;
  config?: ContainerConfig | undefined;
  sandboxConfig?: PodSandboxConfig | undefined;
}
export interface CreateContainerResponse {
  containerId: string;
}
export interface DNSConfig {
  servers?: string[] | undefined;
  searches?: string[] | undefined;
  options?: string[] | undefined;
}
export interface Device {
  containerPath?: string | undefined;
  hostPath?: string | undefined;
  permissions?: string | undefined;
}
export interface ExecRequest {
  containerId?: string | undefined;
  cmd?: string[] | undefined;
  tty?: boolean | undefined;
  stdin?: boolean | undefined;
  stdout?: boolean | undefined;
  stderr?: boolean | undefined;
}
export interface ExecResponse {
  url: string;
}
export interface ExecSyncRequest {
  containerId?: string | undefined;
  cmd?: string[] | undefined;
  timeout?: number | undefined;
}
export interface ExecSyncResponse {
  stdout: Buffer;
  stderr: Buffer;
  exitCode: number;
}
export interface FilesystemIdentifier {
  mountpoint: string;
}
export interface FilesystemUsage {
  timestamp: number;
  fsId?: FilesystemIdentifier | undefined;
  usedBytes?: UInt64Value | undefined;
  inodesUsed?: UInt64Value | undefined;
}
export interface HugepageLimit {
  pageSize?: string | undefined;
  limit?: number | undefined;
}
export interface IDMapping {
  hostId?: number | undefined;
  containerId?: number | undefined;
  length?: number | undefined;
}
export interface Image {
  id: string;
  repoTags: string[];
  repoDigests: string[];
  size: number;
  uid?: Int64Value | undefined;
  username: string;
  spec?: ImageSpec | undefined;
  pinned: boolean;
}
export interface ImageFilter {
  image?: ImageSpec | undefined;
}
export type ImageFsInfoRequest = Record<never, never>;
export interface ImageFsInfoResponse {
  imageFilesystems: FilesystemUsage[];
  containerFilesystems: FilesystemUsage[];
}
export interface ImageSpec {
  image?: string | undefined;
  annotations?: Record<string, string> | undefined;
  userSpecifiedImage?: string | undefined;
  runtimeHandler?: string | undefined;
}
export interface ImageStatusRequest {
  image?: ImageSpec | undefined;
  verbose?: boolean | undefined;
}
export interface ImageStatusResponse {
  image?: Image | undefined;
  info: Record<string, string>;
}
export interface Int64Value {
  value?: number | undefined;
}
export interface KeyValue {
  key?: string | undefined;
  value?: string | undefined;
}
export interface LinuxContainerConfig {
  resources?: LinuxContainerResources | undefined;
  securityContext?: LinuxContainerSecurityContext | undefined;
}
export interface LinuxContainerResources {
  cpuPeriod?: number | undefined;
  cpuQuota?: number | undefined;
  cpuShares?: number | undefined;
  memoryLimitInBytes?: number | undefined;
  oomScoreAdj?: number | undefined;
  cpusetCpus?: string | undefined;
  cpusetMems?: string | undefined;
  hugepageLimits?: HugepageLimit[] | undefined;
  unified?: Record<string, string> | undefined;
  memorySwapLimitInBytes?: number | undefined;
}
export interface LinuxContainerSecurityContext {
  capabilities?: Capability | undefined;
  privileged?: boolean | undefined;
  namespaceOptions?: NamespaceOption | undefined;
  selinuxOptions?: SELinuxOption | undefined;
  runAsUser?: Int64Value | undefined;
  runAsGroup?: Int64Value | undefined;
  runAsUsername?: string | undefined;
  readonlyRootfs?: boolean | undefined;
  supplementalGroups?: number[] | undefined;
  supplementalGroupsPolicy?: SupplementalGroupsPolicy | undefined;
  noNewPrivs?: boolean | undefined;
  maskedPaths?: string[] | undefined;
  readonlyPaths?: string[] | undefined;
  seccomp?: SecurityProfile | undefined;
  apparmor?: SecurityProfile | undefined;
  apparmorProfile?: string | undefined;
  seccompProfilePath?: string | undefined;
}
export interface LinuxContainerUser {
  uid: number;
  gid: number;
  supplementalGroups: number[];
}
export interface LinuxPodSandboxConfig {
  cgroupParent?: string | undefined;
  securityContext?: LinuxSandboxSecurityContext | undefined;
  sysctls?: Record<string, string> | undefined;
  overhead?: LinuxContainerResources | undefined;
  resources?: LinuxContainerResources | undefined;
}
export interface LinuxPodSandboxStats {
  cpu?: CpuUsage | undefined;
  memory?: MemoryUsage | undefined;
  network?: NetworkUsage | undefined;
  process?: ProcessUsage | undefined;
  containers: ContainerStats[];
}
export interface LinuxPodSandboxStatus {
  namespaces?: Namespace | undefined;
}
export interface LinuxSandboxSecurityContext {
  namespaceOptions?: NamespaceOption | undefined;
  selinuxOptions?: SELinuxOption | undefined;
  runAsUser?: Int64Value | undefined;
  runAsGroup?: Int64Value | undefined;
  readonlyRootfs?: boolean | undefined;
  supplementalGroups?: number[] | undefined;
  supplementalGroupsPolicy?: SupplementalGroupsPolicy | undefined;
  privileged?: boolean | undefined;
  seccomp?: SecurityProfile | undefined;
  apparmor?: SecurityProfile | undefined;
  seccompProfilePath?: string | undefined;
}
export interface ListContainerStatsRequest {
  filter?: ContainerStatsFilter | undefined;
}
export interface ListContainerStatsResponse {
  stats: ContainerStats[];
}
export interface ListContainersRequest {
  filter?: ContainerFilter | undefined;
}
export interface ListContainersResponse {
  containers: Container[];
}
export interface ListImagesRequest {
  filter?: ImageFilter | undefined;
}
export interface ListImagesResponse {
  images: Image[];
}
export interface ListPodSandboxRequest {
  filter?: PodSandboxFilter | undefined;
}
export interface ListPodSandboxResponse {
  items: PodSandbox[];
}
export interface ListPodSandboxStatsRequest {
  filter?: PodSandboxStatsFilter | undefined;
}
export interface ListPodSandboxStatsResponse {
  stats: PodSandboxStats[];
}
export interface MemoryUsage {
  timestamp: number;
  workingSetBytes?: UInt64Value | undefined;
  availableBytes?: UInt64Value | undefined;
  usageBytes?: UInt64Value | undefined;
  rssBytes?: UInt64Value | undefined;
  pageFaults?: UInt64Value | undefined;
  majorPageFaults?: UInt64Value | undefined;
}
export interface Mount {
  containerPath?: string | undefined;
  hostPath?: string | undefined;
  readonly?: boolean | undefined;
  selinuxRelabel?: boolean | undefined;
  propagation?: MountPropagation | undefined;
  uidMappings?: IDMapping[] | undefined;
  gidMappings?: IDMapping[] | undefined;
  recursiveReadOnly?: boolean | undefined;
  image?: ImageSpec | undefined;
}
export interface Namespace {
  options?: NamespaceOption | undefined;
}
export interface NamespaceOption {
  network?: NamespaceMode | undefined;
  pid?: NamespaceMode | undefined;
  ipc?: NamespaceMode | undefined;
  targetId?: string | undefined;
  usernsOptions?: UserNamespace | undefined;
}
export interface NetworkConfig {
  podCidr?: string | undefined;
}
export interface NetworkInterfaceUsage {
  name: string;
  rxBytes?: UInt64Value | undefined;
  rxErrors?: UInt64Value | undefined;
  txBytes?: UInt64Value | undefined;
  txErrors?: UInt64Value | undefined;
}
export interface NetworkUsage {
  timestamp: number;
  defaultInterface?: NetworkInterfaceUsage | undefined;
  interfaces: NetworkInterfaceUsage[];
}
export interface PodIP {
  ip: string;
}
export interface PodSandbox {
  id: string;
  metadata?: PodSandboxMetadata | undefined;
  state: PodSandboxState;
  createdAt: number;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  runtimeHandler: string;
}
export interface PodSandboxAttributes {
  id: string;
  metadata?: PodSandboxMetadata | undefined;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}
export interface PodSandboxConfig {
  metadata?: PodSandboxMetadata | undefined;
  hostname?: string | undefined;
  logDirectory?: string | undefined;
  dnsConfig?: DNSConfig | undefined;
  portMappings?: PortMapping[] | undefined;
  labels?: Record<string, string> | undefined;
  annotations?: Record<string, string> | undefined;
  linux?: LinuxPodSandboxConfig | undefined;
}
export interface PodSandboxFilter {
  id?: string | undefined;
  state?: PodSandboxStateValue | undefined;
  labelSelector?: Record<string, string> | undefined;
}
export interface PodSandboxMetadata {
  name: string;
  uid: string;
  namespace: string;
  attempt: number;
}
export interface PodSandboxNetworkStatus {
  ip: string;
  additionalIps: PodIP[];
}
export interface PodSandboxStateValue {
  state?: PodSandboxState | undefined;
}
export interface PodSandboxStats {
  attributes?: PodSandboxAttributes | undefined;
  linux?: LinuxPodSandboxStats | undefined;
}
export interface PodSandboxStatsFilter {
  id?: string | undefined;
  labelSelector?: Record<string, string> | undefined;
}
export interface PodSandboxStatus {
  id: string;
  metadata?: PodSandboxMetadata | undefined;
  state: PodSandboxState;
  createdAt: number;
  network?: PodSandboxNetworkStatus | undefined;
  linux?: LinuxPodSandboxStatus | undefined;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  runtimeHandler: string;
}
export interface PodSandboxStatusRequest {
  podSandboxId?: string | undefined;
  verbose?: boolean | undefined;
}
export interface PodSandboxStatusResponse {
  status?: PodSandboxStatus | undefined;
  info: Record<string, string>;
  containersStatuses: ContainerStatus[];
  timestamp: number;
}
export interface PortForwardRequest {
  podSandboxId?: string | undefined;
  port?: number[] | undefined;
}
export interface PortForwardResponse {
  url: string;
}
export interface PortMapping {
  protocol?: Protocol | undefined;
  containerPort?: number | undefined;
  hostPort?: number | undefined;
  hostIp?: string | undefined;
}
export interface ProcessUsage {
  timestamp: number;
  processCount?: UInt64Value | undefined;
}
export interface PullImageRequest {
  image?: ImageSpec | undefined;
  auth?: AuthConfig | undefined;
  sandboxConfig?: PodSandboxConfig | undefined;
}
export interface PullImageResponse {
  imageRef: string;
}
export interface RemoveContainerRequest {
  containerId?: string | undefined;
}
export type RemoveContainerResponse = Record<never, never>;
export interface RemoveImageRequest {
  image?: ImageSpec | undefined;
}
export type RemoveImageResponse = Record<never, never>;
export interface RemovePodSandboxRequest {
  podSandboxId?: string | undefined;
}
export type RemovePodSandboxResponse = Record<never, never>;
export interface ReopenContainerLogRequest {
  containerId?: string | undefined;
}
export type ReopenContainerLogResponse = Record<never, never>;
export interface RunPodSandboxRequest {
  config?: PodSandboxConfig | undefined;
  runtimeHandler?: string | undefined;
}
export interface RunPodSandboxResponse {
  podSandboxId: string;
}
export interface RuntimeCondition {
  type: string;
  status: boolean;
  reason: string;
  message: string;
}
export interface RuntimeConfig {
  networkConfig?: NetworkConfig | undefined;
}
export interface RuntimeFeatures {
  supplementalGroupsPolicy: boolean;
}
export interface RuntimeHandler {
  name: string;
  features?: RuntimeHandlerFeatures | undefined;
}
export interface RuntimeHandlerFeatures {
  recursiveReadOnlyMounts: boolean;
  userNamespaces: boolean;
}
export interface RuntimeStatus {
  conditions: RuntimeCondition[];
}
export interface SELinuxOption {
  user?: string | undefined;
  role?: string | undefined;
  type?: string | undefined;
  level?: string | undefined;
}
export interface SecurityProfile {
  profileType?: ProfileType | undefined;
  localhostRef?: string | undefined;
}
export interface StartContainerRequest {
  containerId?: string | undefined;
}
export type StartContainerResponse = Record<never, never>;
export interface StatusRequest {
  verbose?: boolean | undefined;
}
export interface StatusResponse {
  status?: RuntimeStatus | undefined;
  info: Record<string, string>;
  runtimeHandlers: RuntimeHandler[];
  features?: RuntimeFeatures | undefined;
}
export interface StopContainerRequest {
  containerId?: string | undefined;
  timeout?: number | undefined;
}
export type StopContainerResponse = Record<never, never>;
export interface StopPodSandboxRequest {
  podSandboxId?: string | undefined;
}
export type StopPodSandboxResponse = Record<never, never>;
export interface SwapUsage {
  timestamp: number;
  swapAvailableBytes?: UInt64Value | undefined;
  swapUsageBytes?: UInt64Value | undefined;
}
export interface UInt64Value {
  value: number;
}
export interface UpdateContainerResourcesRequest {
  containerId?: string | undefined;
  linux?: LinuxContainerResources | undefined;
  annotations?: Record<string, string> | undefined;
}
export type UpdateContainerResourcesResponse = Record<never, never>;
export interface UpdateRuntimeConfigRequest {
  runtimeConfig?: RuntimeConfig | undefined;
}
export type UpdateRuntimeConfigResponse = Record<never, never>;
export interface UserNamespace {
  mode?: NamespaceMode | undefined;
  uids?: IDMapping[] | undefined;
  gids?: IDMapping[] | undefined;
}
export interface VersionRequest {
  version?: string | undefined;
}
export interface VersionResponse {
  version: string;
  runtimeName: string;
  runtimeVersion: string;
  runtimeApiVersion: string;
}
/** Request and response of every method. */
export interface CriMethods {
  Version: { request: VersionRequest; response: VersionResponse };
  RunPodSandbox: { request: RunPodSandboxRequest; response: RunPodSandboxResponse };
  StopPodSandbox: { request: StopPodSandboxRequest; response: StopPodSandboxResponse };
  RemovePodSandbox: { request: RemovePodSandboxRequest; response: RemovePodSandboxResponse };
  PodSandboxStatus: { request: PodSandboxStatusRequest; response: PodSandboxStatusResponse };
  ListPodSandbox: { request: ListPodSandboxRequest; response: ListPodSandboxResponse };
  CreateContainer: { request: CreateContainerRequest; response: CreateContainerResponse };
  StartContainer: { request: StartContainerRequest; response: StartContainerResponse };
  StopContainer: { request: StopContainerRequest; response: StopContainerResponse };
  RemoveContainer: { request: RemoveContainerRequest; response: RemoveContainerResponse };
  ListContainers: { request: ListContainersRequest; response: ListContainersResponse };
  ContainerStatus: { request: ContainerStatusRequest; response: ContainerStatusResponse };
  UpdateContainerResources: { request: UpdateContainerResourcesRequest; response: UpdateContainerResourcesResponse };
  ReopenContainerLog: { request: ReopenContainerLogRequest; response: ReopenContainerLogResponse };
  ExecSync: { request: ExecSyncRequest; response: ExecSyncResponse };
  Exec: { request: ExecRequest; response: ExecResponse };
  Attach: { request: AttachRequest; response: AttachResponse };
  PortForward: { request: PortForwardRequest; response: PortForwardResponse };
  ContainerStats: { request: ContainerStatsRequest; response: ContainerStatsResponse };
  ListContainerStats: { request: ListContainerStatsRequest; response: ListContainerStatsResponse };
  ListPodSandboxStats: { request: ListPodSandboxStatsRequest; response: ListPodSandboxStatsResponse };
  UpdateRuntimeConfig: { request: UpdateRuntimeConfigRequest; response: UpdateRuntimeConfigResponse };
  Status: { request: StatusRequest; response: StatusResponse };
  ListImages: { request: ListImagesRequest; response: ListImagesResponse };
  ImageStatus: { request: ImageStatusRequest; response: ImageStatusResponse };
  PullImage: { request: PullImageRequest; response: PullImageResponse };
  RemoveImage: { request: RemoveImageRequest; response: RemoveImageResponse };
  ImageFsInfo: { request: ImageFsInfoRequest; response: ImageFsInfoResponse };
}
