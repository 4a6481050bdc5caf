/** Door of the Prometheus sink: the coordinator's metrics, kept by prom-client. */
export {
  type AccountGauges,
  type BuildInfo,
  CoordinatorMetrics,
  type ProcessGauges,
} from './coordinator-metrics.ts';
export { type RecorderGauges, RecorderMetrics, type VenueGauges } from './recorder-metrics.ts';
