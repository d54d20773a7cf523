namespace Hedge.Host.Lua.Extensions;

/// <summary>What <c>cjson.encode</c> does with infinity and NaN.</summary>
internal enum InvalidNumbers
{
    /// <summary>They are errors.</summary>
    Off,

    /// <summary>They are written as <c>inf</c>, <c>-inf</c> and <c>nan</c>.</summary>
    On,

    /// <summary>They are written as <c>null</c>.</summary>
    Null,
}

/// <summary>
/// What the functions of one <c>cjson</c> table do. It stays as long as the machine, as in Redis.
/// </summary>
internal sealed class CjsonSettings
{
    /// <summary>Whether a table with too few of its indexes is written as an object.</summary>
    public bool ConvertsSparseArrays { get; set; }

    /// <summary>An array with more indexes than its elements times this is sparse; 0 for none.</summary>
    public int SparseRatio { get; set; } = 2;

    /// <summary>Up to this index, no array is sparse.</summary>
    public int SparseSafe { get; set; } = 10;

    /// <summary>How deep tables that are encoded may be nested.</summary>
    public int EncodeDepthMax { get; set; } = 1000;

    /// <summary>How deep arrays and objects that are decoded may be nested.</summary>
    public int DecodeDepthMax { get; set; } = 1000;

    /// <summary>Digits of numbers, at most 14.</summary>
    public int NumberPrecision { get; set; } = 14;

    /// <summary>What scripts asked for, and nothing else: each text has its own buffer.</summary>
    public bool KeepsBuffer { get; set; } = true;

    /// <summary>What is done with infinity and NaN.</summary>
    public InvalidNumbers EncodeInvalidNumbers { get; set; }

    /// <summary>Whether infinity, NaN, hexadecimal numbers and those with a plus are read.</summary>
    public bool DecodesInvalidNumbers { get; set; } = true;
}
