namespace Hedge.Storage.Logs;

/// <summary>What a logged operation does. The numbers are part of the log's format.</summary>
public enum LogOperationKind : byte
{
    /// <summary>Sets a key's record: type, encoding, expiry, value.</summary>
    Put = 2,

    /// <summary>Removes a key.</summary>
    Remove = 3,

    /// <summary>Sets a key's expiry, or removes it (0). The value stays.</summary>
    SetExpiry = 4,

    /// <summary>Overwrites a part of a string value and sets its length. Bytes between the old end and the
    /// part are zero.</summary>
    WriteRange = 5,

    /// <summary>Gives a database a new keyspace; the old one is dead (FLUSHDB).</summary>
    AssignKeyspace = 6,

    /// <summary>Exchanges the keyspaces of two databases (SWAPDB).</summary>
    SwapDatabases = 7,

    /// <summary>Removes a range of a keyspace's keys.</summary>
    RemoveRange = 8,

    /// <summary>Replaces some bytes of a value with others; the lengths may differ. Type, encoding and
    /// expiry stay.</summary>
    Splice = 9,

    /// <summary>A run that a load has made is not in force, although the manifest names it.</summary>
    DropRun = 10,
}

/// <summary>
/// What an operation does to its keyspace's number of keys. The numbers are part of the log's format.
/// </summary>
public enum CountDelta : byte
{
    /// <summary>The number stays.</summary>
    None = 0,

    /// <summary>One key more.</summary>
    Plus = 1,

    /// <summary>One key less.</summary>
    Minus = 2,

    /// <summary>Unknown yet: a look-up on disk must tell whether the key existed.</summary>
    Unknown = 3,
}

internal static class LogItem
{
    public const byte Part = 1;

    /// <summary>A part that begins a record.</summary>
    public const byte Begins = 0x10;

    /// <summary>The part says its number. Without this flag its number follows the partition's last one in
    /// the frame's earlier records.</summary>
    public const byte HasNumber = 0x20;

    public const byte Seal = 14;
    public const byte Mark = 15;
    public const byte KindMask = 0x0F;
    public const int DeltaShift = 4;
    public const int TypeMask = 0x0F;
    public const int EncodingShift = 4;
    public const byte HasExpiry = 0x40;

    /// <summary>The operation replaces a record that has an expiry.</summary>
    public const byte HadExpiry = 0x80;

    /// <summary>A seal's second byte: another segment follows.</summary>
    public const byte SealRolled = 1;

    /// <summary>A seal's second byte: the log was closed.</summary>
    public const byte SealClosed = 2;
}
