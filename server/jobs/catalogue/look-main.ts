import { recomputeRoot } from '../../drivers/repository/driver.ts'
import { serveLooks } from './look-process.ts'

serveLooks(recomputeRoot)
