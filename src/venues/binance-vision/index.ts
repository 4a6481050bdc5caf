/** Door of `venues/binance-vision`: the public archive of Binance. */
export {
  checkVisionWish,
  parseChecksum,
  VISION_KINDS,
  type VisionArchive,
  type VisionKind,
  type VisionWish,
  visionArchives,
  visionHolds,
} from './archive-plan.ts';
