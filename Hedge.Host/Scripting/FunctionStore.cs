using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Storage.Cores;
using Hedge.Storage.Engines;

namespace Hedge.Host.Scripting;

/// <summary>
/// The functions that all cores call, and their file in the data directory. One change at a time: its file is
/// durable before any core sees it. Any core.
/// </summary>
internal sealed class FunctionStore
{
    /// <summary>The file's name.</summary>
    public const string FileName = "FUNCTIONS";

    private FunctionTable _current = FunctionTable.Empty;
    private FunctionChange? _change;

    /// <summary>The functions.</summary>
    public FunctionTable Current => Volatile.Read(ref _current);

    /// <summary>Puts a file in place of one in the data directory, on the core's background thread. Set by
    /// the host.</summary>
    public Func<CoreStorage, string, ReadOnlyMemory<byte>, FileReplacement>? ReplaceFile { get; set; }

    /// <summary>Takes over what the file of a data directory has, at start.</summary>
    /// <exception cref="IOException">The file is damaged.</exception>
    public void Open(ReadOnlySpan<byte> payload, ScriptMachine machine)
    {
        if (payload.IsEmpty) return;
        FunctionTable table = FunctionTable.Empty;
        string error = "";
        foreach (FunctionLibrary library in FunctionTable.Read(payload, machine, out error)
            ?? throw new IOException($"the file {FileName} of the data directory is damaged: {error}"))
        {
            table = table.With(library, out error)
                ?? throw new IOException($"the file {FileName} of the data directory is damaged: {error}");
        }

        _current = table;
    }

    /// <summary>Begins to change the functions; null while another change is under way.</summary>
    public FunctionChange? TryBegin()
    {
        var change = new FunctionChange(this);
        return Interlocked.CompareExchange(ref _change, change, null) is null ? change : null;
    }

    /// <summary>Begins to write a change.</summary>
    public FileReplacement? Write(CoreStorage? storage, FunctionTable table)
    {
        if (ReplaceFile is null || storage is null) return null;
        using var payload = new PayloadOutput();
        table.Write(payload);
        return ReplaceFile(storage, FileName, payload.Bytes.ToArray());
    }

    /// <summary>A change has come to its end; null for one that is given up.</summary>
    public void End(FunctionTable? table)
    {
        if (table is not null) Volatile.Write(ref _current, table);
        Volatile.Write(ref _change, null);
    }
}
