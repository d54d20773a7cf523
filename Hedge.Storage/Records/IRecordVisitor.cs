namespace Hedge.Storage.Records;

/// <summary>Visits records during a walk. Implementations are structs, so that the walk is compiled for
/// each.</summary>
// SAFETY: a visitor is given live records only.
internal unsafe interface IRecordVisitor
{
    /// <summary>Returns true to remove the record from the walked structure. The record stays readable
    /// until the visitor's next call.</summary>
    bool Visit(RecordHeader* record);
}
