export {
  fieldOperators,
  fieldStorage,
  FILTER_FIELDS,
  FILTER_OPERATORS,
  filterProblem,
  ipValueKind,
  isFilterField,
  isFilterValue,
  type FieldStorage,
  type Filter,
  type FilterField,
  type FilterOperator,
} from './filters.ts';
export {
  checkFilter,
  DESCRIPTION_KEY,
  INSIDE_STRING,
  listRegex,
  listValues,
  overlookedBy,
  SEARCHED_FIELDS,
} from './logql-condition.ts';
export { entriesQuery, linesQuery, streamParts, TIME_SUM, type EntryQuery, type TimeRange } from './logql.ts';
export { jsonRegexText, logqlString, regexText } from './logql-text.ts';
export {
  addCondition,
  isSameCondition,
  operatorOf,
  parameterField,
  parameterName,
  signOf,
  type Sign,
} from './address.ts';
