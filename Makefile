# Everything a person does with the project. Needs Python 3.11+ and make, never root.
# Another interpreter: make run PYTHON=python3.12      Another port: make run PORT=9000

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; exit; }; done; echo python3)
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input -qq
JOBS ?= 2
TESTS ?=

export PYTHONUTF8 := 1

.PHONY: help run test test-long lint format bench rules mutants migration fonts clean

help: ## 列出这里能做的事
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /\1|/' | while IFS='|' read -r n d; do printf '  make %-11s %s\n' "$$n" "$$d"; done

run: $(VENV)/.run fonts ## 启动服务（第一次约两分钟，以后几秒），地址 http://127.0.0.1:8000
	@exec $(PY) app.py

test: lint fonts ## 全部检查和测试，两种数据库（15 分钟以内）
	@$(PY) -m pytest -n $(JOBS) --dist worksteal $(TESTS)

test-long: $(VENV)/.dev fonts ## 长测试：多轮并发、强制中断、模拟整年
	@$(PY) -m pytest -n $(JOBS) -m long $(TESTS)

lint: $(VENV)/.dev ## ruff、mypy、import-linter
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports --no-cache

format: $(VENV)/.dev ## 按统一格式整理代码
	@$(VENV)/bin/ruff check --fix-only .
	@$(VENV)/bin/ruff format .

bench: $(VENV)/.dev fonts ## 性能测量，每项旁边写目标值
	@$(PY) -m bench

rules: $(VENV)/.dev ## 每章制度有多少条规则被测试证明，哪些还没有
	@$(PY) -m commands.rules

mutants: $(VENV)/.dev ## 逐个拿掉一道防线，看是否有测试发现
	@$(PY) -m commands.mutants

migration: $(VENV)/.dev ## 生成一个数据库迁移：make migration m="说明"
	@test -n "$(m)" || { echo '用法：make migration m="add borrower phone"'; exit 2; }
	@$(VENV)/bin/flask --app app db upgrade
	@$(VENV)/bin/flask --app app db revision --autogenerate -m "$(m)"

clean: ## 删除 .venv 和缓存（不动数据）
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis

fonts: $(VENV)/.run
	@$(PY) -m printouts.draw.fonts

# --- set-up: a stamp per list of requirements, so that the second start does not ask pip at all ---------------------

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo '需要 Python 3.11 或更新版本：make run PYTHON=/路径/python3.11'; exit 1; }
	@echo "建立 $(VENV)（$$($(PYTHON) --version)）…"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo '无法建立虚拟环境（Debian/Ubuntu：apt install python3-venv）'; exit 1; }

$(VENV)/.run: requirements.txt | $(PY)
	@echo '安装运行所需的库（第一次约一分钟）…'
	@$(PIP) install -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt | $(PY)
	@echo '安装测试所需的库（第一次约一分钟）…'
	@$(PIP) install -r requirements-dev.txt
	@touch $@ $(VENV)/.run
