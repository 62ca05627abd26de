// What a Relay application of students writes: a page, a row of it, an endless list with filter, and an act.
import { graphql } from "relay-runtime";

graphql`
  query StudentsPageQuery($count: Int!, $cursor: String, $where: StudentFilter) {
    viewer { username activeRole }
    ...StudentsPage_students @arguments(count: $count, cursor: $cursor, where: $where)
  }
`;

graphql`
  fragment StudentsPage_students on Query
  @argumentDefinitions(
    count: { type: "Int", defaultValue: 2 }
    cursor: { type: "String" }
    where: { type: "StudentFilter" }
  )
  @refetchable(queryName: "StudentsPagePaginationQuery") {
    students(first: $count, after: $cursor, where: $where, orderBy: [{ studentNo: ASC }])
      @connection(key: "StudentsPage_students", filters: ["where"]) {
      totalCount
      edges { node { ...StudentsPage_student } }
    }
  }
`;

graphql`
  fragment StudentsPage_student on Student {
    studentNo
    displayLabel
    college { name }
    sheets { progress { settled required } clearances(orderBy: [{ item: { order: ASC } }]) { status item { code } } }
  }
`;

graphql`
  fragment StudentsPage_latest on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 2 }, cursor: { type: "String" })
  @refetchable(queryName: "StudentsPageBackwardsQuery") {
    sheets(last: $count, before: $cursor) @connection(key: "StudentsPage_sheets") {
      edges { node { student { ...StudentsPage_student } } }
    }
  }
`;

graphql`
  query StudentsPageLatestQuery { ...StudentsPage_latest }
`;

graphql`
  mutation StudentsPageClearMutation($input: SetClearancesInput!) {
    setClearances(input: $input) { applied refused operation { id } rows { studentNo outcome code } }
  }
`;
