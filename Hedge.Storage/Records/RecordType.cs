namespace Hedge.Storage.Records;

/// <summary>What a key holds. The numbers are part of the on-disk formats.</summary>
public enum RecordType : byte
{
    /// <summary>A string. Its value is the bytes themselves.</summary>
    String = 0,

    /// <summary>A list.</summary>
    List = 1,

    /// <summary>A set.</summary>
    Set = 2,

    /// <summary>A sorted set.</summary>
    SortedSet = 3,

    /// <summary>A hash.</summary>
    Hash = 4,

    /// <summary>A stream.</summary>
    Stream = 5,

    /// <summary>A node of a collection. It is not a key.</summary>
    Node = 15,
}

/// <summary>How a string was made, as far as OBJECT ENCODING shows it. The numbers are part of the on-disk
/// formats.</summary>
public enum StringEncoding : byte
{
    /// <summary>Follows from the value: "int" for a canonical 64-bit integer, "embstr" up to 44 bytes, else
    /// "raw".</summary>
    Derived = 0,

    /// <summary>Always "raw": made by APPEND, SETRANGE, SETBIT, BITFIELD or BITOP.</summary>
    Raw = 1,

    /// <summary>"embstr" up to 44 bytes, else "raw", never "int": made by INCRBYFLOAT.</summary>
    NotInteger = 2,
}
