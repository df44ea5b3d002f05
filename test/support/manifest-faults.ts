/** Checks Kubernetes manifests against the types of the Kubernetes API with the TypeScript compiler. */
import { join } from 'node:path';
import ts from 'typescript';

export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: object;
}

/** Module that exports the type of each kind. */
const TYPES: Readonly<Record<string, string>> = {
  ServiceAccount: 'kubernetes-models/v1/ServiceAccount',
  Service: 'kubernetes-models/v1/Service',
  Deployment: 'kubernetes-models/apps/v1/Deployment',
  Job: 'kubernetes-models/batch/v1/Job',
  HorizontalPodAutoscaler: 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler',
  PodDisruptionBudget: 'kubernetes-models/policy/v1/PodDisruptionBudget',
  NetworkPolicy: 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy',
  ServiceMonitor: '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor',
};

/** Compiles each manifest as a constant of the type of its kind. Returns the errors, e.g. for unknown members. */
export function faultsOf(manifests: readonly { readonly place: string; readonly each: Manifest }[]): string[] {
  const fileName = join(__dirname, 'manifests.mts');
  const imports = Object.entries(TYPES).map(([kind, from]) => `import type { I${kind} } from '${from}';`);
  const constants = manifests.map(
    ({ place, each }, at) => `/* ${place} */ export const ${each.kind}${at}: I${each.kind} = ${JSON.stringify(each)};`,
  );
  const text = [...imports, ...constants].join('\n');
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.Node20,
    moduleResolution: ts.ModuleResolutionKind.Node16,
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (path, ...rest) =>
    path === fileName ? ts.createSourceFile(path, text, ts.ScriptTarget.ES2023) : getSourceFile(path, ...rest);
  const program = ts.createProgram([fileName], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText, file, start }) => {
    const line = file?.getLineAndCharacterOfPosition(start ?? 0).line ?? 0;
    return `${text.split('\n')[line]?.slice(0, 60)}…: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}
