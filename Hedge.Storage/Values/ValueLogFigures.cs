namespace Hedge.Storage.Values;

/// <summary>The number and size of value files, and what their collection has done since the
/// start.</summary>
/// <param name="Files">Value files, without log segments that hold values.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="LiveBytes">Bytes of the values in them that runs refer to.</param>
/// <param name="CondemnedFiles">Files of which less than half is live. Merges are emptying them.</param>
/// <param name="MovedValues">Values moved out of such files.</param>
/// <param name="MovedBytes">Their bytes.</param>
/// <param name="DeletedFiles">Value files given up.</param>
public readonly record struct ValueLogFigures(long Files, long Bytes, long LiveBytes, long CondemnedFiles,
    long MovedValues, long MovedBytes, long DeletedFiles)
{
    /// <summary>Bytes of condemned files that no run refers to.</summary>
    public long CondemnedDeadBytes { get; init; }
}
