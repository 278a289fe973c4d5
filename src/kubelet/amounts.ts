export { quantityMilliValue, quantityValue } from '../api/machinery/quantity.ts';
