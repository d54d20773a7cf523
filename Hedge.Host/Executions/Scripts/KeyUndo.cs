using System.Text;
using Hedge.Host.Clients;
using Hedge.Host.Declarations;
using Hedge.Storage.Io;

namespace Hedge.Host.Executions.Scripts;

/// <summary>
/// Undoes what a script has changed: before the first change of a key it is copied to a name that nobody has,
/// and at the end the copies take their places again. All of it is one run, so nobody sees the copies. For
/// debugging: a big key takes time and room.
/// </summary>
internal sealed class KeyUndo(CommandTable commands, CommandRunner runner, Func<Session> sessionOf,
    Func<Request, bool> prepare) : IDisposable
{
    private readonly Request _request = new();
    private readonly OutputBuffer _output = new();
    private readonly Dictionary<(int Database, string Key), string?> _saved = [];
    private readonly string _prefix = $"hedge:undo:{Guid.NewGuid():N}:";
    private Queue<(int Database, string[] Words)>? _steps;
    private bool _isUnderWay;

    /// <summary>Why a command cannot be undone, or null.</summary>
    public static string? Refusal(Command command) => command.Spec.Scope != CommandScope.Keys
        || command.Has(CommandTraits.ReachesDatabases)
        ? "ERR this command cannot be undone when the script ends: debug it with SCRIPT DEBUG SYNC" : null;

    /// <summary>Keeps the keys that a command may change. False: records must be read first.</summary>
    public bool Save(Request command)
    {
        int database = sessionOf().Database;
        foreach (int index in command.Keys)
        {
            string key = Encoding.Latin1.GetString(command.Argument(index));
            if (_saved.ContainsKey((database, key))) continue;
            string copy = _prefix + _saved.Count;
            if (!Run("COPY", key, copy)) return false;
            _saved.Add((database, key), _output.Unread[1] == '1' ? copy : null);
        }

        return true;
    }

    /// <summary>Puts everything back. False: records must be read first.</summary>
    public bool Restore()
    {
        _steps ??= new(_saved.Select(
            static saved => (saved.Key.Database, StepOf(saved.Key.Key, saved.Value))));
        while (_steps.TryPeek(out (int Database, string[] Words) step))
        {
            sessionOf().Database = step.Database;
            if (!Run(step.Words)) return false;
            _steps.Dequeue();
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _request.Release();
        _output.Dispose();
    }

    private static string[] StepOf(string key, string? copy) =>
        copy is null ? ["DEL", key] : ["RENAME", copy, key];

    private void Begin(string[] words)
    {
        _request.Clear();
        _request.BeginOwn(words.Length, words.Sum(static word => word.Length));
        foreach (string word in words) _request.AddOwn(Encoding.Latin1.GetBytes(word));
        _request.Command = commands.FindDeclared(_request.Argument(0));
        prepare(_request);
    }

    // Runs a command, or goes on with it. False: records must be read first.
    private bool Run(params string[] words)
    {
        if (!_isUnderWay) Begin(words);
        _output.Clear();
        _isUnderWay = !runner.RunNested(_request, sessionOf(), _output, long.MaxValue);
        return !_isUnderWay;
    }
}
