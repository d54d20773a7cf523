using System.Text;
using Hedge.Host.Settings;
using Hedge.Storage.Cores;
using Hedge.Storage.Walks;

namespace Hedge.Host.Commands.Replication;

/// <summary>
/// All keys as an RDB file whose length is not known when it begins.
/// <code>
/// reply := "$EOF:" mark CR LF rdb mark         mark: 40 letters, which hardly stand in the file by chance
/// </code>
/// </summary>
internal sealed class RdbReply : BigReply
{
    private readonly SnapshotWalk _walk;
    private readonly RdbWriter _writer;

    /// <summary>Begins one, for a command that holds all partitions.</summary>
    /// <param name="context">The command.</param>
    /// <param name="walk">The keys.</param>
    public RdbReply(CommandContext context, SnapshotWalk walk)
        : base(walk, context.Session.Protocol, context.Server.BigReplyPartBytes)
    {
        _walk = walk;
        ServerSettings settings = context.Server.Settings.Current;
        string mark = context.Server.NewMark();
        _writer = new RdbWriter(Part, PartBytes, context.NowMilliseconds, settings.Collections.StreamNode,
            settings.DumpCompression, Encoding.ASCII.GetBytes(mark));
        Part.Append(Encoding.ASCII.GetBytes($"$EOF:{mark}\r\n"));
        _writer.Begin(context.Server.Functions.Current.Libraries.Select(library => library.Text));
    }

    /// <inheritdoc/>
    public override void GoOn(CoreStorage storage) => _walk.GoOn(storage, _writer);

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _writer.Dispose();
    }
}
