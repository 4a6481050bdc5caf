/** Part 1 of the stories of feeds and hostile venues in simulated time. */
import { defineScenarioTests } from '../hostile/scenario-suite.ts';

defineScenarioTests(1);
