namespace Hedge.Storage.Records;

/// <summary>What a key holds. The numbers are part of the on-disk formats.</summary>
public enum RecordType : byte
{
    /// <summary>A string; its value is the bytes themselves.</summary>
    String = 0,
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
