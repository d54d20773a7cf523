using Hedge.Resp;
using Hedge.Storage.Cores;
using Hedge.Storage.Io;
using Hedge.Storage.Walks;

namespace Hedge.Host.Commands;

/// <summary>
/// A reply that is too long to be made or sent in one go: a <see cref="PartWalk"/> of the command's moment,
/// of which parts are written as the client reads them. The command has come to its end when it has begun
/// this.
/// </summary>
/// <param name="walk">What it shows.</param>
/// <param name="protocol">The client's protocol.</param>
/// <param name="partBytes">How long a part is.</param>
internal abstract class BigReply(PartWalk walk, int protocol, int partBytes) : IDisposable
{
    // A part ends with what was read together.
    private const int KeptFactor = 4;

    /// <summary>What it shows.</summary>
    public PartWalk Walk => walk;

    /// <summary>The part that is to be sent next.</summary>
    public OutputBuffer Part { get; } = new(keptBytesMax: KeptFactor * (long)partBytes);

    /// <summary>True when the part is long enough.</summary>
    public bool IsFull => Part.Length >= partBytes;

    /// <summary>How long a part is.</summary>
    public int PartBytes => partBytes;

    /// <summary>True while it holds memory that <see cref="Park"/> gives back.</summary>
    public bool IsHolding => walk.IsOpen || Part.Capacity > 0;

    /// <summary>Writes replies into the part.</summary>
    protected RespWriter Writer { get; } = new();

    /// <summary>The client's part of it: it has taken the header, or the part before.</summary>
    public abstract void GoOn(CoreStorage storage);

    /// <summary>The client is slow: gives memory back until it has read.</summary>
    public void Park()
    {
        walk.Park();
        Part.Trim();
    }

    /// <summary>Writes an error reply in place of what there is.</summary>
    public void Fail(string reason)
    {
        Part.Clear();
        Writer.Reset(Part, protocol);
        Writer.Error($"IOERR {reason}");
    }

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        walk.Dispose();
        Part.Dispose();
    }
}
