using Hedge.Host.Commands;
using Hedge.Storage.Engines;

namespace Hedge.Host.Scripting;

/// <summary>A change of the functions under way: the progress of its command, until the file is
/// durable.</summary>
internal sealed class FunctionChange(FunctionStore store) : IDisposable
{
    private FileReplacement? _file;
    private FunctionTable? _table;
    private string? _reply;
    private bool _hasEnded;

    /// <summary>The change of a command that has just begun; null when it has to wait, or to go on with
    /// it.</summary>
    public static FunctionChange? Begin(CommandContext context)
    {
        if (context.Progress is FunctionChange change)
        {
            change.GoOn(context);
            return null;
        }

        FunctionChange? begun = context.Server.Functions.TryBegin();
        if (begun is null) context.GoOnAt(context.NowMilliseconds + 1);
        else context.Progress = begun;
        return begun;
    }

    /// <summary>Makes a table durable, then the current one.</summary>
    /// <param name="context">The command's context.</param>
    /// <param name="table">The table.</param>
    /// <param name="reply">What the command answers then: a name, or null for OK.</param>
    public void Commit(CommandContext context, FunctionTable table, string? reply)
    {
        _table = table;
        _reply = reply;
        _file = store.Write(context.Storage, table);
        GoOn(context);
    }

    /// <summary>Gives the change up, with an error reply.</summary>
    public void Fail(CommandContext context, string error)
    {
        End(context, null);
        context.Reply.Error(System.Text.Encoding.Latin1.GetBytes(error));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_hasEnded) store.End(_file is { IsOver: true, Failure: null } ? _table : null);
        _hasEnded = true;
    }

    private void GoOn(CommandContext context)
    {
        if (_file is { IsOver: false })
        {
            context.GoOnAt(context.NowMilliseconds + 1);
            return;
        }

        if (_file?.Failure is { } failure)
        {
            Fail(context, $"IOERR the functions could not be written: {failure}");
            return;
        }

        End(context, _table);
        if (_reply is null) context.Reply.Ok();
        else context.Reply.BulkAscii(_reply);
    }

    private void End(CommandContext context, FunctionTable? table)
    {
        _hasEnded = true;
        store.End(table);
        context.Progress = null;
    }
}
