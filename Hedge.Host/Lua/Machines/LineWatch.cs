namespace Hedge.Host.Lua.Machines;

/// <summary>Finds the first instruction of each line, for the line hook.</summary>
internal sealed class LineWatch
{
    private Frame? _frame;
    private int _line;
    private int _at;
    private bool _stoppedHere;

    public void Reset()
    {
        _frame = null;
        _stoppedHere = false;
    }

    /// <summary>
    /// Whether the hook wants to stop before this instruction. It is asked once for one stop.
    /// </summary>
    public bool Stops(LuaMachine m, Frame frame, int pc)
    {
        if (_stoppedHere)
        {
            _stoppedHere = false;
            return false;
        }

        int line = frame.Prototype!.Lines[pc];
        // A jump back to the same line begins it anew.
        bool isNew = frame != _frame || line != _line || pc <= _at;
        (_frame, _line, _at) = (frame, line, pc);
        if (!isNew) return false;
        return _stoppedHere = m.LineHook!(m, line);
    }
}
