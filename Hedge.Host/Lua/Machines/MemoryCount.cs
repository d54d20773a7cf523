using Hedge.Host.Lua.Compilers;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Machines;

/// <summary>
/// What a function of the host keeps between its steps, or for ever, and that has values or bytes in it.
/// </summary>
internal interface IMemoryHolder
{
    /// <summary>Adds its values and bytes to a count.</summary>
    void Count(MemoryCount count);
}

/// <summary>
/// Counts the memory of a machine's values that can be reached:
/// 1. An allocation passes the mark and asks for a count. A big one is answered at once; else the run pauses
/// at its next    instruction that can.
/// 2. The count enters values from a list of those it has seen, in steps that the budget pays. The run waits,
/// so nothing    changes below it.
/// 3. When little less than the limit is reachable, there is not enough memory. Else the next count comes
///    when that much is used again.
/// </summary>
internal sealed class MemoryCount(LuaMachine machine)
{
    private const int StepsPerCharge = 16;

    private readonly Stack<object> _seen = new();
    private int _epoch;
    private long _sum;
    private long _owed;
    private LuaTable? _table;
    private int _position;
    private bool _isUnderWay;

    /// <summary>Whether the run waits for a count.</summary>
    public bool IsDue { get; private set; }

    /// <summary>Called when the sum of allocations is above the mark.</summary>
    public void Ask(long bytes)
    {
        LuaMemory memory = machine.Memory;
        long slack = memory.BytesMax / 8;
        if (memory.Used > memory.BytesMax + slack || bytes > slack)
        {
            if (bytes > memory.BytesMax) throw new LuaMemoryException();
            Cancel();
            memory.Counted(Whole() + bytes);
            Judge();
            return;
        }

        if (IsDue) return;
        IsDue = true;
        // The run pauses where the budget is asked.
        _owed = Math.Max(machine.Budget, 0);
        machine.Budget = Math.Min(machine.Budget, 0);
    }

    /// <summary>Goes on counting; true when it is done.</summary>
    public bool Continue()
    {
        machine.Budget += _owed;
        _owed = 0;
        if (!_isUnderWay) Begin();
        while (Enter(StepsPerCharge))
        {
            machine.Budget--;
            if (machine.Budget <= 0) return false;
        }

        Cancel();
        machine.Memory.Counted(_sum);
        Judge();
        return machine.Budget > 0;
    }

    /// <summary>Counts everything at once.</summary>
    public long Whole()
    {
        Begin();
        while (Enter(int.MaxValue))
        {
        }

        _isUnderWay = false;
        return _sum;
    }

    /// <summary>Gives up a count.</summary>
    public void Cancel()
    {
        machine.Budget += _owed;
        _owed = 0;
        IsDue = _isUnderWay = false;
        _table = null;
        _seen.Clear();
    }

    /// <summary>Adds bytes.</summary>
    public void Add(long bytes) => _sum += bytes;

    /// <summary>Adds a value and what it leads to.</summary>
    public void Add(in LuaValue value)
    {
        if (value.Ref is LuaObject o) Add(o);
    }

    /// <summary>Adds an object and what it leads to.</summary>
    public void Add(LuaObject? o)
    {
        if (o is null || o.Mark == _epoch || o.Mark == LuaObject.SharedMark) return;
        o.Mark = _epoch;
        if (o is LuaString text) _sum += text.Bytes;
        else _seen.Push(o);
    }

    private void Add(LuaPrototype prototype)
    {
        if (prototype.Owner != machine || prototype.Mark == _epoch) return;
        prototype.Mark = _epoch;
        _sum += prototype.Bytes;
        foreach (LuaPrototype inner in prototype.Inner) Add(inner);
    }

    private void Judge()
    {
        LuaMemory memory = machine.Memory;
        long headroom = memory.BytesMax / 16;
        if (memory.Used > memory.BytesMax - headroom) throw new LuaMemoryException();
        memory.CountAbove = memory.BytesMax;
    }

    private void Begin()
    {
        _epoch = _epoch >= LuaObject.SharedMark - 1 ? 1 : _epoch + 1;
        _sum = 0;
        _table = null;
        _seen.Clear();
        _isUnderWay = true;
        Add(machine.Globals);
        Add(machine.StringMetatable);
        Add(machine.Error);
        Add(machine.Main);
        Add(machine.Thread);
        Add(machine.ToResume);
        (machine.Context as IMemoryHolder)?.Count(this);
    }

    // Enters so many values; false when all have been.
    private bool Enter(int steps)
    {
        while (steps-- > 0)
        {
            if (_table is not null)
            {
                EnterTable();
                continue;
            }

            if (!_seen.TryPop(out object? next)) return false;
            switch (next)
            {
                case LuaTable table:
                    _sum += table.Bytes;
                    Add(table.Metatable);
                    _table = table;
                    _position = 0;
                    break;
                case LuaClosure closure:
                    Enter(closure);
                    break;
                case HostFunction function:
                    _sum += HostFunction.OwnBytes;
                    Add(function.Environment);
                    if (function.Data is LuaObject data) Add(data);
                    else (function.Data as IMemoryHolder)?.Count(this);
                    break;
                case LuaCoroutine coroutine:
                    Enter(coroutine);
                    break;
                case LuaUserdata userdata:
                    _sum += 48;
                    Add(userdata.Metatable);
                    (userdata.Payload as IMemoryHolder)?.Count(this);
                    break;
                default:
                    break;
            }
        }

        return true;
    }

    // A part of a table.
    private void EnterTable()
    {
        int end = Math.Min(_position + 8, _table!.Positions);
        for (; _position < end; _position++)
        {
            Add(_table.KeyAt(_position));
            Add(_table.ValueAt(_position));
        }

        if (_position == _table.Positions) _table = null;
    }

    private void Enter(LuaClosure closure)
    {
        _sum += LuaClosure.OwnBytes + (closure.Upvalues.Length * 8L);
        Add(closure.Environment);
        Add(closure.Prototype);
        foreach (Upvalue u in closure.Upvalues)
        {
            if (u.Mark == _epoch) continue;
            u.Mark = _epoch;
            _sum += Upvalue.OwnBytes;
            Add(u.Value);
        }
    }

    private void Enter(LuaCoroutine coroutine)
    {
        _sum += coroutine.Bytes;
        Add(coroutine.Globals);
        Add(coroutine.Resumer);
        int used = coroutine.Top;
        for (Frame? f = coroutine.Frame; f is not null; f = f.Previous)
        {
            Add(f.Function);
            (f.State as IMemoryHolder)?.Count(this);
            if (f.Prototype is not null) used = Math.Max(used, f.Base + f.Prototype.RegisterCount);
        }

        used = Math.Min(Math.Max(used + 1, coroutine == machine.Main ? 1 : 0), coroutine.Stack.Length);
        foreach (ref LuaValue value in coroutine.Stack.AsSpan(0, used)) Add(value);
        coroutine.ClearAbove(used);
    }
}
