namespace Hedge.Resp.Clients;

/// <summary>The types of replies, as encoded.</summary>
public enum RespKind
{
    /// <summary><c>+text</c></summary>
    SimpleString,

    /// <summary><c>-text</c></summary>
    Error,

    /// <summary><c>:integer</c></summary>
    Integer,

    /// <summary><c>$length</c> and bytes.</summary>
    Bulk,

    /// <summary><c>$-1</c>, RESP2.</summary>
    NullBulk,

    /// <summary><c>*-1</c>, RESP2.</summary>
    NullArray,

    /// <summary><c>_</c>, RESP3.</summary>
    Null,

    /// <summary><c>#t</c> or <c>#f</c></summary>
    Boolean,

    /// <summary><c>,number</c></summary>
    Double,

    /// <summary><c>(digits</c></summary>
    BigNumber,

    /// <summary><c>=length</c> and three letters, a colon and text.</summary>
    Verbatim,

    /// <summary><c>!length</c> and text.</summary>
    BulkError,

    /// <summary><c>*count</c> and elements.</summary>
    Array,

    /// <summary><c>%count</c> and pairs.</summary>
    Map,

    /// <summary><c>~count</c> and elements.</summary>
    Set,

    /// <summary><c>&gt;count</c> and elements.</summary>
    Push,
}
