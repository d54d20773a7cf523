using System.Globalization;
using System.Text;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;
using Hedge.Resp;

namespace Hedge.Host.Scripting;

/// <summary>What a client's debugger wants of the script.</summary>
internal enum DebuggerWish
{
    /// <summary>It stands still; the lines that were logged are the answer.</summary>
    Stays,

    /// <summary>It goes on.</summary>
    GoesOn,

    /// <summary>It ends with an error.</summary>
    Aborts,

    /// <summary>It stands still, and <see cref="ScriptDebugger.Code"/> runs beside it.</summary>
    Evaluates,
}

/// <summary>
/// The debugger of a script (<c>redis-cli --ldb</c>): says before which lines the script stands still,
/// carries out the words that the client sends then, and collects lines for it.
/// </summary>
internal sealed class ScriptDebugger
{
    private const int BreakpointsMax = 64;
    private const int ContextLines = 5;
    private const int LengthMin = 60;
    private const int ShownArguments = 10;

    private readonly string[] _source;
    private readonly List<int> _breakpoints = [];
    private readonly List<string> _lines = [];
    private bool _steps = true;
    private bool _isAsked;
    private int _line;
    private int _lengthMax = 256;
    private bool _hasHinted;
    private bool _hasReplied;

    /// <param name="text">The script.</param>
    /// <param name="undoes">Whether what it changes is undone at its end.</param>
    public ScriptDebugger(ReadOnlySpan<byte> text, bool undoes)
    {
        _source = Encoding.Latin1.GetString(text).Split('\n');
        Undoes = undoes;
    }

    /// <summary>True when what the script changes is undone at its end.</summary>
    public bool Undoes { get; }

    /// <summary>What is to be evaluated: a program, its arguments behind it.</summary>
    public IReadOnlyList<LuaString> Code { get; private set; } = [];

    /// <summary>True when commands are shown: the script goes on line by line, or the client has sent
    /// one.</summary>
    public bool ShowsCalls => _steps;

    /// <summary>Asks the script to stand still at its next line (<c>redis.breakpoint</c>).</summary>
    public void Ask() => _isAsked = true;

    /// <summary>The script is before a line: true to stand still there.</summary>
    public bool StopsBefore(int line)
    {
        bool isBreakpoint = _breakpoints.Contains(line);
        if (!_steps && !_isAsked && !isBreakpoint) return false;
        string reason = _isAsked ? "redis.breakpoint() called" : isBreakpoint ? "break point" : "step over";
        _line = line;
        Log(string.Create(CultureInfo.InvariantCulture, $"* Stopped at {line}, stop reason = {reason}"));
        ShowLine(line);
        _steps = _isAsked = false;
        return true;
    }

    /// <summary>Adds a line for the client.</summary>
    public void Log(string line) => _lines.Add(line);

    /// <summary>Adds a line that is cut when it is long.</summary>
    public void LogCut(string kind, string line)
    {
        line = kind + line;
        bool isCut = _lengthMax > 0 && line.Length > _lengthMax;
        Log(isCut ? string.Concat(line.AsSpan(0, _lengthMax), " ...") : line);
        if (!isCut || _hasHinted) return;
        _hasHinted = true;
        Log("<hint> The above reply was trimmed. Use 'maxlen 0' to disable trimming.");
    }

    /// <summary>Shows a command that the script calls.</summary>
    public void LogCall(LuaCall c)
    {
        var text = new StringBuilder("<redis>");
        for (int i = 1; i <= Math.Min(c.Count, ShownArguments); i++) text.Append(' ').Append(c.String(i));
        if (c.Count > ShownArguments)
            text.Append(CultureInfo.InvariantCulture, $" ... ({c.Count - ShownArguments} more)");
        Log(text.ToString());
    }

    /// <summary>Shows a command's reply.</summary>
    public void LogReply(ReadOnlySpan<byte> reply)
    {
        if (reply[0] == '-') Log("<error> " + Encoding.Latin1.GetString(reply[..reply.IndexOf((byte)'\r')]));
        LogCut("<reply> ", DebuggerText.OfReply(reply));
        _hasReplied = true;
    }

    /// <summary>Writes the lines that were logged as a reply.</summary>
    public void WriteLines(RespWriter writer)
    {
        writer.ArrayHeader(_lines.Count);
        foreach (string line in _lines)
            writer.SimpleString(line.Replace('\r', ' ').Replace('\n', ' '));
        _lines.Clear();
    }

    /// <summary>Carries out what the client has sent.</summary>
    /// <param name="words">The words.</param>
    /// <param name="machine">The script's machine.</param>
    public DebuggerWish Take(IReadOnlyList<byte[]> words, LuaMachine machine)
    {
        string name = Encoding.Latin1.GetString(words[0]).ToLowerInvariant();
        int count = words.Count;
        switch (name)
        {
            case "s" or "step" or "n" or "next":
                _steps = true;
                return DebuggerWish.GoesOn;
            case "c" or "continue":
                return DebuggerWish.GoesOn;
            case "a" or "abort":
                return DebuggerWish.Aborts;
            case "h" or "help":
                _lines.AddRange(DebuggerText.Help);
                break;
            case "t" or "trace":
                ShowCalls(machine);
                break;
            case "m" or "maxlen":
                SetLength(words);
                break;
            case "b" or "break":
                ChangeBreakpoints(words);
                break;
            case "e" or "eval" when count > 1:
                Code = [Join(words, 1)];
                return DebuggerWish.Evaluates;
            case "r" or "redis" when count > 1:
                // The command is shown, though the script does not step.
                _steps = true;
                _hasReplied = false;
                Code = [LuaString.Of("return redis.pcall(unpack(ARGV))"),
                    .. words.Skip(1).Select(static word => LuaString.Of(word))];
                return DebuggerWish.Evaluates;
            case "p" or "print":
                if (count != 2) ShowVariables(machine);
                else ShowVariable(machine, Encoding.Latin1.GetString(words[1]));
                break;
            case "l" or "list":
                List(count > 1 ? NumberOf(words[1]) : 0, count > 2 ? NumberOf(words[2]) : ContextLines);
                break;
            case "w" or "whole":
                List(1, _source.Length);
                break;
            default:
                Log("<error> Unknown Redis Lua debugger command or wrong number of arguments.");
                break;
        }

        return DebuggerWish.Stays;
    }

    /// <summary>What was evaluated has ended.</summary>
    public void Evaluated(LuaStatus status, LuaMachine machine)
    {
        bool isCommand = Code.Count > 1;
        _steps = false;
        LuaValue result = machine.Results is [var first, ..] ? first : default;
        if (status == LuaStatus.Failed) LogError(ScriptErrors.TextOf(machine.Error));
        else if (!isCommand) LogCut("<retval> ", DebuggerText.Of(result));
        else if (!_hasReplied) LogError(ScriptErrors.TextOf(result));
    }

    /// <summary>Adds an error, without its code when that is the usual one.</summary>
    public void LogError(string text) => LogCut("<error> ",
        text.StartsWith("ERR ", StringComparison.Ordinal) ? text["ERR ".Length..] : text);

    private static LuaString Join(IReadOnlyList<byte[]> words, int from) =>
        LuaString.Of(string.Join(' ', words.Skip(from).Select(Encoding.Latin1.GetString)));

    private static int NumberOf(byte[] word) =>
        int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? number : 0;

    private void ShowLine(int line)
    {
        if (line < 1 || line > _source.Length) return;
        bool isBreakpoint = _breakpoints.Contains(line);
        string mark = line == _line ? isBreakpoint ? "->#" : "-> " : isBreakpoint ? "  #" : "   ";
        Log(string.Create(CultureInfo.InvariantCulture, $"{mark}{line,-3} {_source[line - 1]}"));
    }

    private void List(int around, int context)
    {
        if (around <= 0) around = _line;
        long first = Math.Max(1, around - (long)context);
        long last = Math.Min(_source.Length, around + (long)context);
        for (long line = first; line <= last; line++) ShowLine((int)line);
    }

    private void ChangeBreakpoints(IReadOnlyList<byte[]> words)
    {
        if (words.Count == 1)
        {
            if (_breakpoints.Count == 0)
            {
                Log("No breakpoints set. Use 'b <line>' to add one.");
                return;
            }

            Log(string.Create(CultureInfo.InvariantCulture, $"{_breakpoints.Count} breakpoints set:"));
            foreach (int line in _breakpoints) ShowLine(line);
            return;
        }

        foreach (byte[] word in words.Skip(1)) ChangeBreakpoint(Encoding.Latin1.GetString(word));
    }

    private void ChangeBreakpoint(string word)
    {
        if (!int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int line))
        {
            Log($"Invalid argument:'{word}'");
        }
        else if (line == 0)
        {
            _breakpoints.Clear();
            Log("All breakpoints removed.");
        }
        else if (line < 0)
        {
            Log(_breakpoints.Remove(-line) ? "Breakpoint removed." : "No breakpoint in the specified line.");
        }
        else if (_breakpoints.Count == BreakpointsMax)
        {
            Log("Too many breakpoints set.");
        }
        else if (line > _source.Length)
        {
            Log("Wrong line number.");
        }
        else
        {
            _breakpoints.Add(line);
            List(line, 1);
        }
    }

    private void SetLength(IReadOnlyList<byte[]> words)
    {
        if (words.Count == 2)
        {
            int length = NumberOf(words[1]);
            _lengthMax = length == 0 ? 0 : Math.Max(length, LengthMin);
            _hasHinted = true;
        }

        Log(_lengthMax == 0 ? "<value> replies are unlimited."
            : FormattableString.Invariant($"<value> replies are truncated at {_lengthMax} bytes."));
    }

    private void ShowVariables(LuaMachine machine)
    {
        int before = _lines.Count;
        foreach ((string name, int index) in Positions.Locals(machine, 0))
            LogCut("<value> ", $"{name} = {DebuggerText.Of(machine.Thread.Stack[index])}");
        if (_lines.Count == before) Log("No local variables in the current context.");
    }

    private void ShowVariable(LuaMachine machine, string wanted)
    {
        for (int level = 0; Positions.FrameAt(machine, level, out bool isLost) is not null || isLost; level++)
        {
            foreach ((string name, int index) in Positions.Locals(machine, level))
            {
                if (name != wanted) continue;
                LogCut("<value> ", DebuggerText.Of(machine.Thread.Stack[index]));
                return;
            }
        }

        if (wanted is "KEYS" or "ARGV")
            LogCut("<value> ", DebuggerText.Of(machine.Globals.Get(LuaString.Name(wanted))));
        else Log("No such variable.");
    }

    private void ShowCalls(LuaMachine machine)
    {
        for (int level = 0; ; level++)
        {
            Frame? frame = Positions.FrameAt(machine, level, out bool isLost);
            if (frame is null && !isLost) return;
            if (frame?.Prototype is null) continue;
            (string? name, _) = Positions.CalledName(frame);
            Log($"{(level == 0 ? "In" : "From")} {name ?? "top level"}:");
            ShowLine(level == 0 ? _line : frame.Line);
        }
    }
}
