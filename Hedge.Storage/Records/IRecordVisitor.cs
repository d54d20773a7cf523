namespace Hedge.Storage.Records;

/// <summary>Looks at records during a walk; a struct, so that the walk is compiled for it.</summary>
// SAFETY: a visitor is given live records only.
internal unsafe interface IRecordVisitor
{
    /// <summary>True takes the record out of what is walked over. It stays readable until the visitor's next
    /// call.</summary>
    bool Visit(RecordHeader* record);
}
