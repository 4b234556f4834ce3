/** Whether those who use the shop go on with it; when it turns false they finish what they are at. */
export interface GoingOn {
  readonly goesOn: boolean;
}
