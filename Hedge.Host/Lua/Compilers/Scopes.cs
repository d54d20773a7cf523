namespace Hedge.Host.Lua.Compilers;

/// <summary>The local variables, blocks and upvalues of a function that is being compiled.</summary>
internal sealed class Scopes(FunctionBuilder function)
{
    public const int LocalsMax = 200;
    public const int UpvaluesMax = 60;

    private readonly List<Variable> _all = [];
    private readonly List<int> _active = [];
    private int _declared;
    private Block? _block;

    /// <summary>How many local variables there are here; each has the register of its number.</summary>
    public int ActiveCount { get; private set; }

    /// <summary>What its closures bind, in order.</summary>
    public List<(string Name, bool FromRegister, int Index)> Upvalues { get; } = [];

    /// <summary>Whether a closure binds a local variable of it.</summary>
    public bool HasCaptured { get; private set; }

    /// <summary>All variables there were.</summary>
    public LocalVariable[] Variables() => [.. _all.Select(v => new LocalVariable(v.Name, v.From, v.To))];

    /// <summary>Declares a variable, which is not one before <see cref="Activate"/>.</summary>
    public void Declare(string name)
    {
        function.CheckLimit(ActiveCount + _declared + 1, LocalsMax, "local variables");
        _active.RemoveRange(ActiveCount + _declared, _active.Count - ActiveCount - _declared);
        _active.Add(_all.Count);
        _all.Add(new Variable(name));
        _declared++;
    }

    /// <summary>Makes variables of what was declared.</summary>
    public void Activate(int count)
    {
        for (int i = 0; i < count; i++) _all[_active[ActiveCount++]].From = function.Here;
        _declared -= count;
    }

    /// <summary>Says that the last variable has its value from here on.</summary>
    public void StartHere() => _all[_active[ActiveCount - 1]].From = function.Here;

    public void EnterBlock(bool isLoop) => _block = new Block(_block, isLoop, ActiveCount);

    /// <summary>
    /// Ends a block: its variables, its closing of upvalues, and where its <c>break</c>s go.
    /// </summary>
    public void LeaveBlock()
    {
        Block block = _block!;
        _block = block.Outer;
        EndVariables(block.ActiveCount);
        if (block.HasCaptured) function.Emit(Opcode.Close, block.ActiveCount, 0, 0);
        function.FreeRegister = ActiveCount;
        function.PatchToHere(block.Breaks);
    }

    /// <summary>Leaves the loop around this place.</summary>
    public void Break()
    {
        Block? block = _block;
        bool captured = false;
        while (block is { IsLoop: false })
        {
            captured |= block.HasCaptured;
            block = block.Outer;
        }

        if (block is null) throw function.Lexer.ErrorHere("no loop to break");
        if (captured) function.Emit(Opcode.Close, block.ActiveCount, 0, 0);
        block.Breaks = function.Joined(function.Jump(), block.Breaks);
    }

    /// <summary>Whether a closure binds a variable of the block that is open.</summary>
    public bool BlockHasCaptured => _block!.HasCaptured;

    /// <summary>Ends all variables, for the end of the function.</summary>
    public void EndVariables(int keep)
    {
        while (ActiveCount > keep) _all[_active[--ActiveCount]].To = function.Here;
    }

    /// <summary>What a name means here.</summary>
    public static void Find(FunctionBuilder from, string name, Expression into)
    {
        if (!from.Scopes.FindHere(name, into, true))
            into.Set(ExpressionKind.Global, -1);
    }

    private bool FindHere(string name, Expression into, bool isBase)
    {
        for (int i = ActiveCount - 1; i >= 0; i--)
        {
            if (_all[_active[i]].Name != name) continue;
            into.Set(ExpressionKind.Local, i);
            if (!isBase) Capture(i);
            return true;
        }

        if (function.Parent is null || !function.Parent.Scopes.FindHere(name, into, false)) return false;
        into.Set(ExpressionKind.Upvalue, Upvalue(name, into.Kind == ExpressionKind.Local, into.Info));
        return true;
    }

    private void Capture(int register)
    {
        HasCaptured = true;
        Block? block = _block;
        while (block is not null && block.ActiveCount > register) block = block.Outer;
        if (block is not null) block.HasCaptured = true;
    }

    private int Upvalue(string name, bool fromRegister, int index)
    {
        int known = Upvalues.FindIndex(u => u.FromRegister == fromRegister && u.Index == index);
        if (known >= 0) return known;
        function.CheckLimit(Upvalues.Count + 1, UpvaluesMax, "upvalues");
        Upvalues.Add((name, fromRegister, index));
        return Upvalues.Count - 1;
    }

    private sealed class Variable(string name)
    {
        public string Name { get; } = name;

        public int From { get; set; } = int.MaxValue;

        public int To { get; set; } = int.MaxValue;
    }

    private sealed class Block(Block? outer, bool isLoop, int activeCount)
    {
        public Block? Outer { get; } = outer;

        public bool IsLoop { get; } = isLoop;

        public int ActiveCount { get; } = activeCount;

        public int Breaks { get; set; } = FunctionBuilder.NoJump;

        public bool HasCaptured { get; set; }
    }
}
