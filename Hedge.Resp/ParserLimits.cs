namespace Hedge.Resp;

/// <summary>
/// What a request may ask for. One object may serve every connection of a core in the same state: parsers
/// read it anew for every length, so that a changed setting holds at once.
/// </summary>
public sealed class ParserLimits
{
    /// <summary>The most arguments a client may send before it has authenticated.</summary>
    public const int UnauthenticatedCountMax = 10;

    /// <summary>The longest argument a client may send before it has authenticated, in bytes.</summary>
    public const int UnauthenticatedBulkBytesMax = 16 * 1024;

    /// <summary>The longest inline request or length line, in bytes, without the byte that ends it.</summary>
    public const int LineBytesMax = 64 * 1024;

    private long _protoMaxBulkLength = 512L * 1024 * 1024;
    private int _multibulkCountMax = int.MaxValue;

    /// <summary>
    /// The longest argument in bytes: <c>proto-max-bulk-len</c>. At least 1024; 512 MiB by default.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1024.</exception>
    public long ProtoMaxBulkLength
    {
        get => _protoMaxBulkLength;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1024);
            _protoMaxBulkLength = value;
        }
    }

    /// <summary>
    /// The most arguments of one request. At least 16; by default 2^31 - 1, as in Redis 7.0.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 16.</exception>
    public int MultibulkCountMax
    {
        get => _multibulkCountMax;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 16);
            _multibulkCountMax = value;
        }
    }

    /// <summary>Whether the client may send more than a login needs. True by default.</summary>
    public bool Authenticated { get; set; } = true;
}
