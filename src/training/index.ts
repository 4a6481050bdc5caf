/** Door of `training`: honest data, one training, its report and gate, the registry of models. */
export { type AdmissionRule, AdmittedRows } from './data/admitted-rows.ts';
export { buildDataset, type DatasetOptions, pushBar, ROWS_MAX } from './data/build-dataset.ts';
export { type LabelledRows, ROW_SOURCES, type RowSource } from './data/labelled-rows.ts';
export {
  historyData,
  type TrainingData,
  type TrainingFeed,
  type TrainingQuery,
} from './data/training-data.ts';
export type { BlockOptions } from './fit/time-blocks.ts';
export type { ModelArtefact, RowForecaster, ServeArtefact } from './forecaster.ts';
export type { GateRule, GateVerdict } from './judge/gate.ts';
export type { Rule } from './judge/judgement.ts';
export type {
  BlockReport,
  Contender,
  ManifestCircumstances,
  ManifestContent,
  ModelManifest,
} from './registry/manifest.ts';
export { votesFromUs } from './registry/manifest.ts';
export {
  type ModelFiles,
  ModelRegistry,
  type RegistryEntry,
  type ServingRecord,
} from './registry/model-registry.ts';
export {
  type RowOrigin,
  type ServedModel,
  type TrainedModel,
  type TrainModelOptions,
  type TrainModelParts,
  trainModel,
} from './train-model.ts';
