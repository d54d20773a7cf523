namespace Hedge.Storage.Damages;

/// <summary>What is wrong with a file that is in use.</summary>
public enum DamageKind
{
    /// <summary>A block of a run is not as it was written: the keys in it answer an error.</summary>
    Block,

    /// <summary>A value in a value file or log segment is not as it was written: its key answers an
    /// error.</summary>
    Value,

    /// <summary>The disk gives an error for a part of the file. It may pass.</summary>
    Unreadable,

    /// <summary>The file is not in its directory any more. It is still open and can be read, but the next
    /// start will not find it.</summary>
    Missing,
}
