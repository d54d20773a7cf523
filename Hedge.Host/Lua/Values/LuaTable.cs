using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Hedge.Host.Lua.Values;

/// <summary>
/// A table, laid out as Lua 5.1 does it, so that <c>#</c> of a table with holes and the order of <c>pairs</c>
/// are the
/// same for keys that are numbers and strings:
/// 1. an array part for the keys 1 to n, where n is a power of two (or what a constructor gave) of which more
/// than    half is in use;
/// 2. a hash part with a power of two of nodes. A key stands at its main position, or is linked from there.
/// Who stands    at another's main position has to move to the last free node, and no free node means that
/// both parts    are measured anew.
/// A removed key stays in its node with the value nil, so that <c>next</c> can go on from it.
/// </summary>
internal sealed class LuaTable : LuaObject
{
    // Keys may be chosen so that they stand in one chain. Longer walks are paid for.
    private const int FreeWalk = 16;

    private static readonly Node[] NoNodes = [new Node { Next = -1 }];
    private static readonly LuaValue[] NoValues = [];
    private static readonly LuaValue[] Absent = new LuaValue[1];

    private readonly LuaMemory _memory;
    private LuaValue[] _array = NoValues;
    private Node[] _nodes = NoNodes;
    private int _lastFree;

    public LuaTable(LuaMemory memory, int arraySize = 0, int nodeCount = 0) : base(LuaType.Table)
    {
        _memory = memory;
        memory.Charge(OwnBytes);
        if (arraySize > 0 || nodeCount > 0) Resize(arraySize, nodeCount);
    }

    /// <summary>What an empty table takes.</summary>
    public const int OwnBytes = 80;

    /// <summary>Its metatable, if any.</summary>
    public LuaTable? Metatable;

    /// <summary>Whether writes are refused. Who writes asks; the table does not.</summary>
    public bool ReadOnly { get; set; }

    /// <summary>A bit for each metamethod that is known to be missing from this metatable.</summary>
    public byte AbsentEvents;

    /// <summary>What it takes without the values in it.</summary>
    public long Bytes => OwnBytes + PartBytes(_array.Length, _nodes.Length);

    /// <summary>All positions that <see cref="ValueAt"/> takes: first the array's, then the nodes'.</summary>
    public int Positions => _array.Length + (ReferenceEquals(_nodes, NoNodes) ? 0 : _nodes.Length);

    /// <summary>The array part.</summary>
    public Span<LuaValue> Array => _array;

    /// <summary>
    /// The value of a key that is a string; a value of nil that nobody may write to when there is none.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref LuaValue Find(LuaString key)
    {
        Node[] nodes = _nodes;
        ref Node first = ref MemoryMarshal.GetArrayDataReference(nodes);
        ref Node node = ref Unsafe.Add(ref first, key.Hash & (uint)(nodes.Length - 1));
        if (ReferenceEquals(node.Key.Ref, key)) return ref node.Value;
        return ref FindInChain(key, ref node);
    }

    /// <summary>The value of a key that is an integer in the array part, or of another number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref LuaValue Find(double key)
    {
        int index = double.ConvertToIntegerNative<int>(key) - 1;
        LuaValue[] array = _array;
        if ((uint)index < (uint)array.Length && index + 1 == key) return ref array[index];
        return ref FindNumber(key);
    }

    /// <summary>The value of any key.</summary>
    public ref LuaValue Find(in LuaValue key)
    {
        if (key.Ref is LuaString text) return ref Find(text);
        if (key.IsNumber) return ref Find(key.Number);
        if (key.IsNil) return ref Absent[0];
        return ref FindOther(key);
    }

    /// <summary>The value of an integer key.</summary>
    public LuaValue Get(int key) => Find(key);

    /// <summary>The value of a key.</summary>
    public LuaValue Get(in LuaValue key) => Find(key);

    /// <summary>The value of a name.</summary>
    public LuaValue Get(LuaString key) => Find(key);

    /// <summary>Sets a key that is neither nil nor NaN.</summary>
    public void Set(in LuaValue key, in LuaValue value)
    {
        ref LuaValue slot = ref Find(key);
        if (Unsafe.AreSame(ref slot, ref Absent[0]))
        {
            // A key that is set to nil takes a node, as in Lua 5.1.
            AbsentEvents = 0;
            Add(key, value);
            return;
        }

        AbsentEvents = 0;
        slot = value;
    }

    /// <summary>Sets an integer key.</summary>
    public void Set(int key, in LuaValue value) => Set(new LuaValue((double)key), value);

    /// <summary>Sets a name of the host.</summary>
    public void Set(string name, in LuaValue value) => Set(new LuaValue(LuaString.Name(name)), value);

    /// <summary>Whether <see cref="Find(in LuaValue)"/> has found no place for the key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsAbsent(ref LuaValue slot) => Unsafe.AreSame(ref slot, ref Absent[0]);

    /// <summary>A length: n with a value, where n + 1 has none, as Lua 5.1 finds it.</summary>
    public int Length()
    {
        int length = _array.Length;
        if (length > 0 && _array[length - 1].IsNil) return TableSizes.Border(_array);
        return ReferenceEquals(_nodes, NoNodes) ? length : LengthBeyond(length);
    }

    /// <summary>
    /// The position behind a key's, where a traversal goes on: 0 for nil, -1 for a key that is not there.
    /// </summary>
    public int PositionBehind(in LuaValue key)
    {
        if (key.IsNil) return 0;
        if (key.IsNumber)
        {
            int index = (int)key.Number;
            if (index == key.Number && (uint)(index - 1) < (uint)_array.Length) return index;
        }

        ref LuaValue slot = ref Find(key);
        if (IsAbsent(ref slot)) return -1;
        nint offset = Unsafe.ByteOffset(ref _nodes[0].Value, ref slot);
        return _array.Length + (int)(offset / Unsafe.SizeOf<Node>()) + 1;
    }

    /// <summary>The next position from this one on that has a value, or -1.</summary>
    public int NextUsed(int position)
    {
        for (; position < _array.Length; position++)
        {
            if (!_array[position].IsNil) return position;
        }

        int count = Positions;
        for (; position < count; position++)
        {
            if (!_nodes[position - _array.Length].Value.IsNil) return position;
        }

        return -1;
    }

    /// <summary>The key at a position.</summary>
    public LuaValue KeyAt(int position) => position < _array.Length
        ? new LuaValue(position + 1.0) : _nodes[position - _array.Length].Key;

    /// <summary>The value at a position.</summary>
    public LuaValue ValueAt(int position) => position < _array.Length
        ? _array[position] : _nodes[position - _array.Length].Value;

    /// <summary>Makes the array part at least so long.</summary>
    public void GrowArray(int size)
    {
        if (size > _array.Length)
            Resize(size, ReferenceEquals(_nodes, NoNodes) ? 0 : _nodes.Length);
    }

    private static long PartBytes(int values, int nodes) => (values * 16L) + (nodes > 1 ? nodes * 40L : 0);

    private ref LuaValue FindInChain(LuaString key, ref Node node)
    {
        int passed = 0;
        while (!ReferenceEquals(node.Key.Ref, key)
            && !(node.Key.Ref is LuaString other && other.EqualTo(key)))
        {
            if (node.Next < 0)
            {
                if (passed > FreeWalk) _memory.Walked(passed);
                return ref Absent[0];
            }

            node = ref _nodes[node.Next];
            passed++;
        }

        if (passed > FreeWalk) _memory.Walked(passed);
        return ref node.Value;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ref LuaValue FindNumber(double key)
    {
        if (ReferenceEquals(_nodes, NoNodes)) return ref Absent[0];
        int at = MainPosition(key);
        for (int passed = 0; at >= 0; passed++)
        {
            ref Node node = ref _nodes[at];
            if (node.Key.IsNumber && node.Key.Number == key) return ref node.Value;
            at = node.Next;
            if (passed > FreeWalk) _memory.Walked(1);
        }

        return ref Absent[0];
    }

    private ref LuaValue FindOther(in LuaValue key)
    {
        if (ReferenceEquals(_nodes, NoNodes)) return ref Absent[0];
        int at = MainPosition(key);
        do
        {
            ref Node node = ref _nodes[at];
            if (ReferenceEquals(node.Key.Ref, key.Ref)) return ref node.Value;
            at = node.Next;
        }
        while (at >= 0);
        return ref Absent[0];
    }

    private int LengthBeyond(int low)
    {
        long high = low + 1L;
        long from = low;
        while (!Find((double)high).IsNil)
        {
            from = high;
            high *= 2;
            if (high <= int.MaxValue) continue;
            // A table made to spoil the search: look at every key.
            int at = 1;
            while (!Find((double)at).IsNil) at++;
            return at - 1;
        }

        while (high - from > 1)
        {
            long middle = (from + high) / 2;
            if (Find((double)middle).IsNil) high = middle;
            else from = middle;
        }

        return (int)from;
    }

    private int MainPosition(double number)
    {
        if (number == 0) return 0;
        ulong bits = BitConverter.DoubleToUInt64Bits(number);
        uint sum = (uint)bits + (uint)(bits >> 32);
        return (int)(sum % (uint)((_nodes.Length - 1) | 1));
    }

    private int MainPosition(in LuaValue key)
    {
        if (key.Ref is LuaString text) return (int)(text.Hash & (uint)(_nodes.Length - 1));
        if (key.IsNumber) return MainPosition(key.Number);
        if (key.IsBoolean) return (key.IsFalsy ? 0 : 1) & (_nodes.Length - 1);
        return (int)((uint)RuntimeHelpers.GetHashCode(key.Ref) % (uint)((_nodes.Length - 1) | 1));
    }

    // Gives a key that is in neither part a place.
    private void Add(in LuaValue key, in LuaValue value)
    {
        if (ReferenceEquals(_nodes, NoNodes))
        {
            Rehash(key);
            Set(key, value);
            return;
        }

        int main = MainPosition(key);
        if (!_nodes[main].Value.IsNil)
        {
            int free = FreeNode();
            if (free < 0)
            {
                Rehash(key);
                Set(key, value);
                return;
            }

            main = MakeRoom(main, free);
        }

        ref Node node = ref _nodes[main];
        node.Key = key;
        node.Value = value;
    }

    // The node for a key whose main position is taken: that one, if who stands there can move.
    private int MakeRoom(int main, int free)
    {
        int other = MainPosition(_nodes[main].Key);
        if (other == main)
        {
            _nodes[free].Next = _nodes[main].Next;
            _nodes[main].Next = free;
            return free;
        }

        while (_nodes[other].Next != main) other = _nodes[other].Next;
        _nodes[other].Next = free;
        _nodes[free] = _nodes[main];
        _nodes[main].Next = -1;
        return main;
    }

    private int FreeNode()
    {
        while (_lastFree > 0)
        {
            _lastFree--;
            if (_nodes[_lastFree].Key.IsNil) return _lastFree;
        }

        return -1;
    }

    // Finds the best size of both parts, with one more key.
    private void Rehash(in LuaValue extra)
    {
        Span<int> counts = stackalloc int[TableSizes.ArrayBitsMax + 1];
        counts.Clear();
        int integers = CountArray(counts);
        int all = integers;
        if (!ReferenceEquals(_nodes, NoNodes))
        {
            foreach (ref Node node in _nodes.AsSpan())
            {
                if (node.Value.IsNil) continue;
                integers += TableSizes.CountKey(node.Key, counts);
                all++;
            }
        }

        integers += TableSizes.CountKey(extra, counts);
        all++;
        int size = TableSizes.BestArray(counts, integers, out int inArray);
        Resize(size, all - inArray);
    }

    private int CountArray(Span<int> counts)
    {
        int all = 0;
        int at = 0;
        for (int bit = 0; bit <= TableSizes.ArrayBitsMax && at < _array.Length; bit++)
        {
            int end = Math.Min(1 << bit, _array.Length);
            for (; at < end; at++)
            {
                if (_array[at].IsNil) continue;
                counts[bit]++;
                all++;
            }
        }

        return all;
    }

    private void Resize(int arraySize, int nodeCount)
    {
        int nodeSize = nodeCount == 0 ? 1 : (int)BitOperations.RoundUpToPowerOf2((uint)nodeCount);
        LuaValue[] oldArray = _array;
        Node[] oldNodes = _nodes;
        _memory.Charge(PartBytes(arraySize, nodeCount == 0 ? 0 : Math.Max(nodeSize, 2)));
        _memory.Release(PartBytes(oldArray.Length, oldNodes.Length));
        _nodes = nodeCount == 0 ? NoNodes : new Node[nodeSize];
        _lastFree = nodeSize;
        foreach (ref Node node in _nodes.AsSpan())
        {
            if (nodeCount > 0) node.Next = -1;
        }

        if (arraySize != oldArray.Length)
        {
            _array = arraySize == 0 ? NoValues : new LuaValue[arraySize];
            oldArray.AsSpan(0, Math.Min(arraySize, oldArray.Length)).CopyTo(_array);
            for (int i = arraySize; i < oldArray.Length; i++)
            {
                if (!oldArray[i].IsNil) Set(i + 1, oldArray[i]);
            }
        }

        if (ReferenceEquals(oldNodes, NoNodes)) return;
        for (int i = oldNodes.Length - 1; i >= 0; i--)
        {
            ref Node node = ref oldNodes[i];
            if (!node.Value.IsNil) Set(node.Key, node.Value);
        }
    }

    private struct Node
    {
        public LuaValue Value;
        public LuaValue Key;
        public int Next;
    }
}
