using Hedge.Storage.Cores;
using Hedge.Storage.Manifests;

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
    private int _isChanging;

    /// <summary>The functions.</summary>
    public FunctionTable Current => Volatile.Read(ref _current);

    /// <summary>Puts a file in place of one in the data directory, on the core's background thread. Set by
    /// the host.</summary>
    public Func<CoreStorage, string, ReadOnlyMemory<byte>, FileReplacement>? ReplaceFile { get; set; }

    /// <summary>Begins to change the functions. False while another change is under way.</summary>
    public bool TryBegin() => Interlocked.CompareExchange(ref _isChanging, 1, 0) == 0;

    /// <summary>A change has come to its end; null for one that is given up.</summary>
    public void End(FunctionTable? table)
    {
        if (table is not null) Volatile.Write(ref _current, table);
        Volatile.Write(ref _isChanging, 0);
    }
}
